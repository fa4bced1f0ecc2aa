#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH Swift-exception
"""Clients of the guest `site`, with odd manners: clients.py NAME [COUNT]. Says what is wrong in a
line."""
import socket
import struct
import sys
import time

ADDRESS = ("10.0.0.2", 80)
SIZE = 262139
PATTERN = bytes((n * 0x9E3779B1 >> 13) & 255 for n in range(SIZE)) * 3
PIECE = 1 << 18


def connect():
    return socket.create_connection(ADDRESS, timeout=20)


def expect(truth, what):
    if not truth:
        sys.exit(what)


def request(method, path, *fields, content=b""):
    lines = [f"{method} {path} HTTP/1.1", "Host: guest", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def read_head(stream):
    """The status and the fields of a response."""
    status = stream.readline().decode()
    fields = {}
    while (line := stream.readline().decode().strip()):
        name, value = line.split(": ", 1)
        fields[name.lower()] = value
    return int(status.split()[1]) if status else None, fields


def read_response(stream, has_content=True):
    status, fields = read_head(stream)
    size = int(fields.get("content-length", 0)) if has_content else 0
    return status, fields, stream.read(size)


def exchange(data, has_content=True):
    """The response to a request over a connection of its own."""
    with connect() as connection:
        connection.sendall(data)
        return read_response(connection.makefile("rb"), has_content)


def get(count):
    """Content of any size comes as it is."""
    with connect() as connection:
        connection.sendall(request("GET", f"/bytes/{count}"))
        stream = connection.makefile("rb", buffering=0)
        status, fields = read_head(stream)
        expect(status == 200 and int(fields["content-length"]) == count, f"head: {status} {fields}")
        done = 0
        while done < count and (piece := connection.recv(PIECE)):
            start = done % SIZE
            expect(piece == PATTERN[start:start + len(piece)], f"wrong bytes behind {done}")
            done += len(piece)
        expect(done == count, f"{done} of {count} bytes")


def put(count):
    """Content of any size arrives as it is."""
    with connect() as connection:
        connection.sendall(request("PUT", "/bytes", f"Content-Length: {count}"))
        done = 0
        while done < count:
            start = done % SIZE
            piece = PATTERN[start:start + min(PIECE, count - done)]
            connection.sendall(piece)
            done += len(piece)
        answer = read_response(connection.makefile("rb"))
        expect(answer[0] == 200 and answer[2] == b"%d\n" % count, f"{answer}")


def chunks(count):
    """The same without a length that is known before."""
    with connect() as connection:
        connection.sendall(request("GET", f"/chunks/{count}"))
        stream = connection.makefile("rb")
        _, fields = read_head(stream)
        expect(fields.get("transfer-encoding") == "chunked", f"{fields}")
        done = 0
        while (size := int(stream.readline(), 16)):
            start = done % SIZE
            expect(stream.read(size) == PATTERN[start:start + size], f"wrong behind {done}")
            expect(stream.read(2) == b"\r\n", "no end of a chunk")
            done += size
        expect(done == count and stream.readline() == b"\r\n", f"{done} of {count} bytes")
        connection.sendall(request("PUT", "/bytes", "Transfer-Encoding: chunked"))
        for start in range(0, count, 5000):
            piece = PATTERN[start % SIZE:start % SIZE + min(5000, count - start)]
            connection.sendall(b"%x;x=y\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\nX-Sum: 1\r\n\r\n")
        answer = read_response(stream)
        expect(answer[2] == b"%d\n" % count, f"{answer}")


def pipelines(count):
    """Requests that do not wait for responses are answered in order, also when nothing follows."""
    with connect() as connection:
        data = b"".join(request("GET", f"/bytes/{number}") for number in range(count))
        connection.sendall(data + request("POST", "/echo", "Content-Length: 3", content=b"abc"))
        connection.shutdown(socket.SHUT_WR)
        stream = connection.makefile("rb")
        for number in range(count):
            answer = read_response(stream)
            expect(answer[2] == PATTERN[:number], f"response {number}: {answer[:2]}")
        expect(read_response(stream)[2] == b"abc", "what came last")
        expect(stream.read() == b"", "something behind the last response")


def dribbles(_):
    """A request may come byte by byte, as long as it comes in time."""
    with connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("POST", "/echo", "Content-Length: 5", content=b"bytes"):
            connection.sendall(bytes([byte]))
            time.sleep(0.002)
        expect(read_response(connection.makefile("rb"))[2] == b"bytes", "the echo")


def continues(_):
    """Who asks before it sends is answered, and not asked for what is not wanted."""
    ask = ("Expect: 100-continue", "Content-Length: 4")
    with connect() as connection:
        stream = connection.makefile("rb")
        connection.sendall(request("POST", "/echo", *ask))
        expect(read_head(stream)[0] == 100, "no 100")
        connection.sendall(b"text")
        expect(read_response(stream)[2] == b"text", "the echo behind 100")
        connection.sendall(request("GET", "/open", *ask))
        status, fields, _ = read_response(stream)
        expect((status, fields.get("connection")) == (200, "close"), f"{status} {fields}")
        expect(stream.read() == b"", "the connection stays open")


def early(count):
    """Whoever sends more than is wanted still gets the answer, and only that."""
    with connect() as connection:
        connection.sendall(request("POST", "/bytes", f"Content-Length: {count}"))
        try:
            for start in range(0, count, SIZE):
                connection.sendall(PATTERN[:min(SIZE, count - start)])
        except (BrokenPipeError, ConnectionResetError):
            pass
        stream = connection.makefile("rb")
        status, fields, _ = read_response(stream)
        expect(status == 405, f"{status} {fields}")
        expect(stream.read() == b"", "a second answer")


def limits(_):
    """What is too large is refused, and what cannot be understood."""
    def status(*words, **more):
        return exchange(request(*words, **more))[0]
    large = "a" * 70000
    expect(status("GET", "/open", f"X: {large[:8000]}") == 200, "a large field")
    expect(status("GET", "/open", f"X: {large}") == 431, "a field that is too large")
    expect(status("GET", "/open", *["X: y"] * 101) == 431, "too many fields")
    expect(status("GET", "/" + large[:9000]) == 414, "a target that is too long")
    expect(status("POST", "/echo", "Content-Length: 65536", content=b"a" * 65536) == 200, "64 KiB")
    expect(status("POST", "/echo", "Content-Length: 65537", content=b"a" * 65537) == 413, "more")
    expect(status("PUT", "/bytes", f"Content-Length: {1 << 40}") == 413, "a TiB")
    for number, fields in enumerate([
            ("Content-Length: 1", "Content-Length: 2"), ("Content-Length: -1",),
            ("Content-Length: 1", "Transfer-Encoding: chunked"), ("Host: again",),
            ("Transfer-Encoding: chunked, gzip",), ("X : y",), (" X: y",), ("X: \0",),
            ("Content-Length: 99999999999999999999",)]):
        expect(status("POST", "/echo", *fields) in (400, 413, 501), f"bad fields {number}")
    expect(exchange(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n")[0] == 400, "TLS")
    expect(exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[0] in (400, 505), "HTTP/2")
    expect(exchange(request("GET", "/../../etc/passwd"))[0] in (400, 404), "a path upwards")
    expect(exchange(request("HEAD", "/bytes/100000"), has_content=False)[0] == 200, "HEAD")


def leaves(count):
    """Clients that go in the middle of something leave nothing behind."""
    for number in range(count):
        connection = connect()
        if number % 4 == 1:
            connection.sendall(b"GET /open HT")
        elif number % 4 == 2:
            connection.sendall(request("GET", "/bytes/100000000"))
        elif number % 4 == 3:
            connection.sendall(request("PUT", "/bytes", "Content-Length: 99999") + PATTERN[:9999])
        if number % 8 < 4:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    for _ in range(80):
        time.sleep(0.1)
        still_open = int(exchange(request("GET", "/open"))[2])
        if still_open == 1:
            return
    sys.exit(f"{still_open} connections are still open")


def waits(_):
    """Who sends or reads too slowly is sent away, in about the time that the server gives."""
    starts = {
        "an idle one": b"", "half a head": b"GET / HT",
        "half a body": request("PUT", "/bytes", "Content-Length: 9", content=PATTERN[:1])}
    waiting = {}
    for name, data in starts.items():
        waiting[name] = connect()
        waiting[name].sendall(data)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.settimeout(20)
    reader.connect(ADDRESS)
    reader.sendall(request("GET", "/bytes/100000000"))
    expect(exchange(request("GET", "/open"))[2] == b"5\n", "connections that wait")
    start = time.monotonic()
    for name, connection in waiting.items():
        answer = connection.makefile("rb").read()
        expected = b"HTTP/1.1 408 " if starts[name] else b""
        expect(answer[:13] == expected[:13], f"{name}: {answer[:40]}")
    expect(time.monotonic() - start < 9, "it took long")
    for _ in range(80):
        time.sleep(0.1)
        if exchange(request("GET", "/open"))[2] == b"1\n":
            return
    sys.exit("a slow reader stays")


def stops(_):
    """A server that stops finishes what it is at, and takes nothing new."""
    late, idle, stopper = connect(), connect(), connect()
    idle.sendall(request("GET", "/open"))
    read_response(idle.makefile("rb"))
    late.sendall(request("GET", "/late") + request("GET", "/open"))
    time.sleep(0.2)
    stopper.sendall(request("POST", "/stop"))
    expect(read_response(stopper.makefile("rb"))[2] == b"stops\n", "the answer to stop")
    expect(idle.makefile("rb").read() == b"", "an idle connection that is closed")
    try:
        connect().close()
        sys.exit("a connection is taken")
    except ConnectionRefusedError:
        pass
    stream = late.makefile("rb")
    status, fields, content = read_response(stream)
    expect((status, content) == (200, b"late\n"), f"{status} {content}")
    expect(fields.get("connection") == "close" and stream.read() == b"", "more behind the last")


CLIENTS = [get, put, chunks, pipelines, dribbles, continues, early, limits, leaves, waits, stops]
name, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
{client.__name__: client for client in CLIENTS}[name](count)
