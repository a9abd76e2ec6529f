"""The processes that functions run in: marked, so that their calls are known, and killable."""

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .calls import session_token


def install() -> None:
    """Gives every process of a `provided` runtime a session token that names it."""
    original = lambda_svc._provided_worker_env

    def with_token(config: dict, code_dir: str, port: int) -> dict:
        environment = original(config, code_dir, port)
        environment["AWS_SESSION_TOKEN"] = session_token(config["FunctionName"], port)
        return environment

    lambda_svc._provided_worker_env = with_token


def kill(process: int) -> bool:
    """Kills the process behind a Runtime API port, as a crash or an out-of-memory would. Says whether there was one."""
    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
    for worker in workers:
        server, running = getattr(worker, "_server", None), getattr(worker, "_proc", None)
        if server is not None and running is not None and server.server_address[1] == process:
            running.kill()
            return True
    return False
