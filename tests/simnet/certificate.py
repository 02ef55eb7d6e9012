"""Keys for the hosts' TLS, made anew at each start; no key is ever kept."""

import base64
import os
import random
import ssl
import subprocess

VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
BIG_NAMES = 4000        # subject names; some 130 KB of certificate


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
SLOW_BITS = 8192        # of a prime that is none; nobody checks


def make(directory, name, alternatives, key_of=EC):
    """A self-signed certificate; the paths of it and of its key."""
    cert = os.path.join(directory, f"{name}.pem")
    key = os.path.join(directory, f"{name}.key")
    config = os.path.join(directory, f"{name}.cnf")
    names = "".join(f"DNS.{i} = {n}\n" for i, n in enumerate(alternatives))
    with open(config, "w", encoding="ascii") as file:
        file.write("[req]\ndistinguished_name = dn\nx509_extensions = ext\n"
                   "prompt = no\n[dn]\nCN = sim.example\n"
                   f"[ext]\nsubjectAltName = @names\n[names]\n{names}")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key_of, "-nodes", "-days",
         "30", "-config", config, "-keyout", key, "-out", cert],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return cert, key


def der(tag, content):
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (octets if size < 128 else
                           bytes([0x80 | len(octets)]) + octets) + content


def slow_parameters(directory):
    """Diffie-Hellman parameters that cost a client much time."""
    prime = random.getrandbits(SLOW_BITS) | 1 << (SLOW_BITS - 1) | 1
    both = b"".join(der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))
                    for n in (prime, 2))
    path = os.path.join(directory, "slow.pem")
    with open(path, "w", encoding="ascii") as file:
        file.write("-----BEGIN DH PARAMETERS-----\n"
                   + base64.encodebytes(der(0x30, both)).decode()
                   + "-----END DH PARAMETERS-----\n")
    return path


def slow_context(directory):
    """One that offers nothing but a slow exchange of keys."""
    ctx = context(make(directory, "slow", ["*.sim.example"], ("rsa:2048",)),
                  "1.2")
    ctx.set_ciphers("DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0")
    ctx.load_dh_params(slow_parameters(directory))
    return ctx


def context(pair, version=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.load_cert_chain(*pair)
    if version in ("1.0", "1.1"):
        ctx.set_ciphers("ALL:@SECLEVEL=0")
    if version:
        ctx.minimum_version = ctx.maximum_version = VERSIONS[version]
    return ctx


class contexts(dict):
    """TLS habit -> SSLContext, made when first used."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory
        self.pair = make(directory, "host", ["*.sim.example"])

    def __missing__(self, habit):
        pair = self.pair
        if habit == "dhe":
            self[habit] = slow_context(self.directory)
            return self[habit]
        if habit == "stranger":
            pair = make(self.directory, "stranger", ["elsewhere.example"])
        if habit == "big":
            pair = make(self.directory, "big", [
                f"a-rather-long-name-{i}.sim.example"
                for i in range(BIG_NAMES)])
        version = habit if habit in VERSIONS else None
        self[habit] = context(pair, version)
        return self[habit]
