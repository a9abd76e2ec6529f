"""Ingestion jobs of the Bedrock stand-in: one at a time, each of a second, begun once by its token."""

import threading
import time

from .service import Refused

SECONDS = 1.0


class Ingestion:
    """The jobs, oldest first."""

    def __init__(self) -> None:
        self._jobs: list[dict] = []
        self._lock = threading.Lock()

    def start(self, path: str, body: dict) -> dict:
        """Begins a job, or gives the one that was begun with this token."""
        with self._lock:
            known = next((job for job in self._jobs if job["token"] == body.get("clientToken")), None)
            if known is None:
                if self._jobs and _status(self._jobs[-1]) != "COMPLETE":
                    raise Refused("ConflictException", "There is an ongoing ingestion job on this data source.", 409)
                known = {"token": body.get("clientToken"), "id": f"JOB{len(self._jobs):07d}", "at": time.time()}
                self._jobs.append(known)
            return {"ingestionJob": _shown(path, known)}

    def list(self, path: str, body: dict) -> dict:
        """The jobs in the order that was asked for."""
        newest_first = (body.get("sortBy") or {}).get("order") == "DESCENDING"
        with self._lock:
            jobs = self._jobs[::-1] if newest_first else self._jobs
            return {"ingestionJobSummaries": [_shown(path, job) for job in jobs[: body.get("maxResults", 10)]]}


def _status(job: dict) -> str:
    return "COMPLETE" if time.time() - job["at"] >= SECONDS else "IN_PROGRESS"


def _shown(path: str, job: dict) -> dict:
    _, _, knowledge_base, _, data_source, *_ = path.split("/")
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(job["at"])) + f".{int(job['at'] % 1 * 1e6):06d}Z"
    return {
        "knowledgeBaseId": knowledge_base, "dataSourceId": data_source, "ingestionJobId": job["id"], "status": _status(job),
        "startedAt": at, "updatedAt": at,
    }
