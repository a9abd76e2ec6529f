"""Stand-in for Amazon Connect: StartOutboundVoiceContact, one contact a client token. It calls nobody."""

import json
import uuid

from . import shapes
from .script import Order
from .service import Refused, Request


class Connect:
    """The one operation that functions use."""

    operations = frozenset({"StartOutboundVoiceContact"})

    def answer(self, request: Request, order: Order | None) -> dict:
        """The contact's id, or `Refused`."""
        body = json.loads(request.body)
        shapes.check("connect", request.operation, body)
        for field in ("DestinationPhoneNumber", "ContactFlowId", "InstanceId"):
            if not body[field]:
                raise Refused("InvalidRequestException", f"{field} is empty")
        if order is not None and order.behaviour == "error":
            raise Refused(order.code, "ordered by a test", order.status)
        return {"ContactId": str(uuid.uuid5(uuid.NAMESPACE_URL, body.get("ClientToken") or str(uuid.uuid4())))}
