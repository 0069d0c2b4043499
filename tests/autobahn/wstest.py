# The Autobahn|Testsuite's command `wstest`, made to listen on a free port of 127.0.0.1. Python 2.7: setup.sh brings it.
#
# By itself wstest listens on every address, on the port in its configuration, and takes no port 0 there. Here the
# port given is ignored; the kernel chooses one, which is written as a decimal line to the file descriptor $PORT_FD.
import os
import sys

from autobahntestsuite.wstest import run
from twisted.internet import reactor

listen_tcp = reactor.listenTCP


def listen_on_a_free_port(_port, factory, backlog=50, interface=''):
    listener = listen_tcp(0, factory, backlog, '127.0.0.1')
    port = listener.getHost().port
    factory.externalPort = port  # what the Host header of a client is compared with
    os.write(int(os.environ['PORT_FD']), '%d\n' % port)
    return listener


reactor.listenTCP = listen_on_a_free_port
sys.argv[0] = 'wstest'
run()
