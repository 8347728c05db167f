"""Ask a containerd for images as a kubelet does: the Container Runtime Interface over its Unix socket.

A program of its own, run by an interpreter that has grpcio:

    cri.py SOCKET pull IMAGE [USER PASSWORD]      prints the reference of the image that is there now
    cri.py SOCKET remove IMAGE

A refusal's sentence, as it would stand in a pod's events, goes to standard error. The messages are
written by hand, as they are three strings deep. Source: Kubernetes' cri-api, runtime/v1/api.proto.
"""

import sys

import grpc  # type: ignore[import-not-found,import-untyped,unused-ignore]

SERVICE = "/runtime.v1.ImageService"


def field(number: int, value: bytes) -> bytes:
    """One length-delimited field of a protocol buffer."""
    size, length = len(value), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + value


def call(socket: str, verb: str, message: bytes) -> bytes:
    """One call of the image service; the bytes of its answer."""
    with grpc.insecure_channel(f"unix://{socket}") as channel:
        answer: bytes = channel.unary_unary(f"{SERVICE}/{verb}")(message, timeout=60)
        return answer


def main(socket: str, verb: str, name: str, *credentials: str) -> int:
    """Do what was asked; 0, or 1 with the refusal told."""
    image = field(1, field(1, name.encode()))
    try:
        if verb == "remove":
            call(socket, "RemoveImage", image)
            return 0
        auth = b"".join(field(number, text.encode()) for number, text in enumerate(credentials, start=1))
        answer = call(socket, "PullImage", image + (field(2, auth) if auth else b""))
    except grpc.RpcError as refusal:
        sys.stderr.write(f"{refusal.details()}\n")
        return 1
    # The answer is one field of less than 128 bytes: its tag, its length, the reference.
    sys.stdout.write(answer[2:].decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
