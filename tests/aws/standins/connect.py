"""Stand-in for Amazon Connect: StartOutboundVoiceContact, one contact a client token; DescribeContact. It calls nobody."""

import json
import time
import uuid
from urllib.parse import unquote

from . import shapes
from .script import Order
from .service import Refused, Request

NUMBERS = {"7": "+14155550177", "8": None}
"""The number of a contact by the last digit of its id: one is withheld; of other contacts nothing is known."""


class Connect:
    """The operations that functions use."""

    operations = frozenset({"StartOutboundVoiceContact", "DescribeContact"})

    def answer(self, request: Request, order: Order | None) -> dict:
        """What Connect answers, or `Refused`."""
        if order is not None and order.behaviour == "error":
            raise Refused(order.code, "ordered by a test", order.status)
        return self._describe(request) if request.operation == "DescribeContact" else self._start(request)

    def _start(self, request: Request) -> dict:
        body = json.loads(request.body)
        shapes.check("connect", request.operation, body)
        for field in ("DestinationPhoneNumber", "ContactFlowId", "InstanceId"):
            if not body[field]:
                raise Refused("InvalidRequestException", f"{field} is empty")
        return {"ContactId": str(uuid.uuid5(uuid.NAMESPACE_URL, body.get("ClientToken") or str(uuid.uuid4())))}

    def _describe(self, request: Request) -> dict:
        contact = unquote(request.path.split("?")[0].rsplit("/", 1)[-1])
        if contact[-1] not in NUMBERS:
            raise Refused("ResourceNotFoundException", "no such contact", 404)
        number = NUMBERS[contact[-1]]
        endpoint = {"CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": number}} if number else {}
        return {"Contact": {"Id": contact, "InitiationMethod": "INBOUND", "InitiationTimestamp": time.time() - 60} | endpoint}
