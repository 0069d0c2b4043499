"""What a whole process does: ends with open sockets, forks, is interrupted."""
import signal
import subprocess
import sys

from conftest import PATIENCE


def program(text, *arguments, **how):
    return subprocess.Popen([sys.executable, "-W", "ignore::DeprecationWarning", "-c", text, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def finished(process):
    out, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, ""), errors
    return out


def test_a_program_that_ends_with_an_open_connection_says_1001(server, url):
    finished(program("import sys, libws; ws = libws.connect(sys.argv[1]); ws.send('sent before the end')", url))
    assert server.closed() == (1001, "")


def test_a_program_that_ends_with_open_connections_of_asyncio_says_1001(server, url):
    text = """
import asyncio, sys, libws
kept = []
async def main():
    kept.append(await libws.asyncio.connect(sys.argv[1]))
    kept.append(libws.WebSocket(sys.argv[1]))
    opened = asyncio.get_running_loop().create_future()
    kept[1].onopen = opened.set_result
    await opened
asyncio.run(main())
"""
    finished(program(text, url))
    assert [server.closed()[0], server.closed()[0]] == [1001, 1001]


def test_a_program_that_ends_while_a_daemon_thread_receives_ends(url):
    text = """
import sys, threading, libws
ws = libws.connect(sys.argv[1])
started = threading.Event()
def receive():
    started.set()
    try:
        ws.recv()
    except libws.Error:
        pass
threading.Thread(target=receive, daemon=True).start()
started.wait()
print("ends")
"""
    assert finished(program(text, url)) == "ends\n"


def test_after_fork_the_child_connects_anew_and_the_parents_connection_goes_on(server, url):
    text = """
import asyncio, gc, os, sys, libws
url = sys.argv[1]
async def talk():
    async with libws.asyncio.connect(url) as ws:
        await ws.send("asyncio")
        return await ws.recv()
ws = libws.connect(url)
assert asyncio.run(talk()) == "asyncio"
child = os.fork()
if child == 0:
    try:
        ws.send("of the child")
    except libws.ForkedError:
        print("forked", flush=True)
    try:
        ws.recv()
    except libws.ForkedError:
        print("forked", flush=True)
    del ws
    gc.collect()
    with libws.connect(url) as own:
        own.send("anew")
        print(own.recv(), flush=True)
    print(asyncio.run(talk()), flush=True)
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
ws.send("of the parent")
print(ws.recv())
"""
    assert finished(program(text, url)) == "forked\nforked\nanew\nasyncio\nof the parent\n"


def test_ctrl_c_ends_a_recv_that_waits(url):
    text = """
import sys, libws
ws = libws.connect(sys.argv[1])
try:
    print("waits", flush=True)
    ws.recv()
except KeyboardInterrupt:
    print("interrupted")
ws.send("goes on")
print(ws.recv())
"""
    process = program(text, url)
    assert process.stdout.readline() == "waits\n"
    process.send_signal(signal.SIGINT)
    assert finished(process) == "interrupted\ngoes on\n"


def test_asyncio_starts_no_thread(url):
    text = """
import asyncio, os, sys, libws
async def main():
    async with libws.asyncio.connect(sys.argv[1]) as ws:
        await ws.send("x")
        await ws.recv()
        print(len(os.listdir("/proc/self/task")))
asyncio.run(main())
"""
    assert finished(program(text, url)) == "1\n"
