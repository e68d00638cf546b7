"""Tokens of an OpenID Connect login: held to its keys, and to issuer, audience, time and algorithm."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from pydantic import ValidationError

from api.access.tokens import BadToken, Issuer, Tokens
from api.settings import Settings

ISSUER, AUDIENCE = "https://login.example/realms/ecc", "heartline"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def published(**keys):
    """A JWKS with these private keys' public halves."""
    found = []
    for name, key in keys.items():
        algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        found.append(algorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": name, "use": "sig"})
    return {"keys": found}


def token(key=RSA, *, kid="one", algorithm="RS256", header=None, **claims):
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "pat", "exp": now + 86_400, "roles": ["telecommunicator"]}
    said |= claims
    said = {name: value for name, value in said.items() if value is not None}
    headers = {"kid": kid} if kid else {}
    return jwt.encode(said, key, algorithm, headers=headers | (header or {}))


@pytest.fixture
def jwks(tmp_path):
    """A file of the keys `one` (RSA) and `two` (a curve)."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(published(one=RSA, two=CURVE)))
    return path


def read(given, jwks, **more):
    issuer = Issuer(**{"issuer": ISSUER, "audience": AUDIENCE, "jwks": str(jwks)} | more)
    return anyio.run(Tokens(issuer).read, given)


def test_a_valid_token_gives_the_subject_and_its_roles(jwks):
    caller = read(token(), jwks)

    assert (caller.id, caller.roles, caller.via) == ("pat", ("telecommunicator",), "token")
    assert caller.expires > time.time()


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (token(CURVE, kid="two", algorithm="ES256"), {}),
        (token(algorithm="PS256"), {"algorithms": ("PS256",)}),
        (token(aud=["other", AUDIENCE]), {}),
        (token(exp=int(time.time()) - 10), {"leeway": 86_400.0}),
        (token(roles="clinician supervisor"), {}),
        (token(roles=None, realm_access={"roles": ["supervisor"]}), {"role_claim": "realm_access.roles"}),
        (token(roles=None, **{"https://a.b/roles": ["admin"]}), {"role_claim": "https://a.b/roles"}),
        (token(roles=["ecc-dispatch"]), {"roles": {"ecc-dispatch": "telecommunicator"}}),
    ],
)
def test_what_the_settings_allow_is_taken(given, more, jwks):
    assert read(given, jwks, **more).roles


PUBLIC = RSA.public_key().public_numbers().n.to_bytes(256, "big")
FORGED = jwt.encode({"sub": "pat"}, None, "none", headers={"kid": "one"})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("x.y.z", "neither a key nor a token"),
        ("x" * 20_000, "too long"),
        (FORGED, "algorithm"),
        (token(PUBLIC, algorithm="HS256"), "algorithm"),
        (token(algorithm="RS512"), "algorithm"),
        (token(OTHER), "not valid"),
        (token(kid="three"), "does not publish"),
        (token(kid="two"), "does not publish"),
        (token(exp=int(time.time()) - 60), "is over"),
        (token(exp=None), "must say"),
        (token(sub=None), "must say"),
        (token(nbf=int(time.time()) + 86_000), "not valid"),
        (token(aud="somebody-else"), "not for this service"),
        (token(iss="https://login.example/realms/other"), "not for this service"),
        (token(roles=None), "gives no role"),
        (token(roles=["king"]), "gives no role"),
        (token(roles={"admin": True}), "gives no role"),
        (token(sub="a\nb"), "subject"),
        (token(sub="x" * 300), "subject"),
        (token(header={"crit": ["exotic"], "exotic": 1}), "neither|not valid"),
        (token(header={"jku": "https://attacker.example", "kid": "evil"}), "does not publish"),
    ],
)
def test_anything_else_is_refused_with_the_reason_and_without_quoting(given, why, jwks):
    with pytest.raises(BadToken, match=why) as refused:
        read(given, jwks)
    assert given[:30] not in str(refused.value)


def test_a_tampered_token_is_refused(jwks):
    head, _, tail = token().split(".")
    claims = token(roles=["admin"], exp=int(time.time()) + 999_999).split(".")[1]

    with pytest.raises(BadToken):
        read(f"{head}.{claims}.{tail}", jwks)


def test_a_token_without_a_name_of_its_key_is_taken_only_where_there_is_one_key(tmp_path, jwks):
    single = tmp_path / "single.json"
    single.write_text(json.dumps(published(one=RSA)))
    double = tmp_path / "double.json"
    double.write_text(json.dumps(published(one=RSA, other=OTHER)))

    assert read(token(kid=None), single).id == "pat"
    with pytest.raises(BadToken):
        read(token(kid=None), double)


def test_a_shared_secret_among_the_published_keys_is_passed_over(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(
        json.dumps({"keys": [{"kty": "oct", "kid": "s", "k": "AAAA"}, *published(one=RSA)["keys"]]})
    )

    assert read(token(), path).id == "pat"
    with pytest.raises(BadToken):
        read(token(b"\x00" * 32, kid="s", algorithm="HS256"), path)


class Login:
    """An issuer's address."""

    def __init__(self):
        self.keys, self.asked, self.down = published(one=RSA), 0, False
        login = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                login.asked += 1
                self.send_response(503 if login.down else 200)
                self.end_headers()
                self.wfile.write(json.dumps(login.keys).encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def login():
    made = Login()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_keys_are_asked_for_once_and_again_when_a_new_one_is_named(login, monkeypatch):
    async def rotated():
        tokens = Tokens(Issuer(ISSUER, AUDIENCE, login.address))
        for _ in range(3):
            await tokens.read(token())
        assert login.asked == 1
        login.keys = published(one=RSA, new=OTHER)
        for _ in range(2):  # within the pause nobody is asked again, whatever names come
            with pytest.raises(BadToken):
                await tokens.read(token(OTHER, kid="new"))
        assert login.asked == 1
        monkeypatch.setattr("api.access.tokens.COOLDOWN", 0.0)
        assert (await tokens.read(token(OTHER, kid="new"))).id == "pat"
        assert login.asked == 2

    anyio.run(rotated)


def test_while_the_login_is_down_the_keys_before_hold_and_it_is_told(login, monkeypatch):
    monkeypatch.setattr("api.access.tokens.COOLDOWN", 0.0)

    async def down():
        tokens = Tokens(Issuer(ISSUER, AUDIENCE, login.address))
        await tokens.read(token())
        login.down = True
        with pytest.raises(BadToken):
            await tokens.read(token(OTHER, kid="new"))
        assert "still hold" in tokens.trouble
        assert (await tokens.read(token())).id == "pat"
        login.down = False
        with pytest.raises(BadToken):
            await tokens.read(token(OTHER, kid="new"))
        assert tokens.trouble is None

    anyio.run(down)


def test_a_service_takes_tokens_and_keys_side_by_side(jwks, guarded):
    service = guarded(
        oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks=str(jwks), oidc_roles=("desk=telecommunicator",)
    )

    def ask(headers):
        return service.client.post("/v1/suggest", json={"note": "male asleep"}, headers=headers)

    assert ask({}).status_code == 401
    assert ask({"Authorization": f"Bearer {token(roles=['desk'])}"}).status_code == 200
    assert ask({"Authorization": f"Bearer {token(roles=['admin'])}"}).status_code == 403
    assert ask({"Authorization": f"Bearer {token(OTHER)}"}).status_code == 401
    assert ask(service.key("telecommunicator")).status_code == 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"oidc_issuer": ISSUER}, "belong together"),
        (
            {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks": "http://login.example/jwks"},
            "https",
        ),
        ({"oidc_algorithms": ("HS256",)}, "RS256"),
        ({"oidc_algorithms": ("none",)}, "RS256"),
        ({"oidc_algorithms": ()}, "RS256"),
        ({"oidc_roles": ("desk",)}, "pairs"),
        ({"oidc_roles": ("desk=king",)}, "telecommunicator"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        Settings(**settings)
