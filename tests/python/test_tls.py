"""wss: URLs."""
import libws
import pytest

from test_asyncio import in_asyncio


def test_a_server_whose_certificate_is_trusted_is_connected_to(tls_url, certificate):
    for trust in {"ca_file": str(certificate[0])}, {"ca_file": certificate[0]}, {"ca": certificate[0].read_bytes()}:
        with libws.connect(tls_url, **trust) as ws:
            ws.send("secret" * 10_000)
            assert ws.recv() == "secret" * 10_000


@in_asyncio
async def test_tls_in_asyncio(tls_url, certificate):
    async with libws.asyncio.connect(tls_url, ca_file=str(certificate[0])) as ws:
        for size in 0, 100, 100_000, 1_000_000:
            await ws.send(bytes(size))
            assert await ws.recv() == bytes(size)


def test_a_server_whose_certificate_nobody_trusts_is_refused(tls_url):
    with pytest.raises(libws.ConnectionRefused) as refused:
        libws.connect(tls_url)
    assert refused.value.phase == libws.Phase.TLS and "certificate" in refused.value.text


def test_a_file_that_is_no_certificate_is_refused(tls_url, tmp_path):
    (tmp_path / "none").write_text("nothing")
    with pytest.raises(libws.Error):
        libws.connect(tls_url, ca_file=str(tmp_path / "none"))
