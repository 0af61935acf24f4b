"""A real OpenID Connect provider on this machine, which can be made to lie."""

import base64
import hashlib
import os
import re
import threading
import warnings
from contextlib import contextmanager

import flask
from werkzeug.serving import make_server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock
    from authlib import jose

# It is asked without HTTPS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
CLIENT_ID, SECRET = "segments", "a secret"


class Provider:
    """Its users, and what it says of them.

    It holds programs to PKCE and takes a code with the right secret only, which the package itself does not.
    """

    def __init__(self):
        self.app = oidc_provider_mock.app(require_nonce=True)
        self.app.logger.disabled = True
        self.storage = None
        self.challenges = {}
        self.lie = {}
        """Claims that replace those of the next ID tokens."""
        self.key = None
        """Another key than its own, with which they are signed."""
        self.asked = []
        self.app.before_request(self._watch)
        self.app.after_request(self._falsify)
        self.server = make_server("localhost", 0, self.app, threaded=True)
        self.issuer = f"http://localhost:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()

    def put(self, subject, **claims):
        """A user, or what is new about one."""
        with self.app.test_client() as client:
            answer = client.put(f"{self.issuer}/users/{subject}", json=claims)
        assert answer.status_code == 204

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _watch(self):
        self.storage = flask.g.oidc_provider_mock_storage
        request = flask.request
        self.asked.append(request.path)
        if request.path == "/oauth2/authorize":
            assert request.args["code_challenge_method"] == "S256"
            self.challenges[request.args["nonce"]] = request.args["code_challenge"]
        if request.path == "/oauth2/token":
            code = self.storage.get_authorization_code(request.form["code"])
            digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if code is None or self.challenges[code.nonce] != challenge or _secret_of(request) != SECRET:
                return {"error": "invalid_grant"}, 400
        return None

    def _falsify(self, response):
        if flask.request.path == "/oauth2/token" and response.status_code == 200 and (self.lie or self.key):
            told = response.get_json()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                own = self.storage.jwk
                claims = dict(jose.jwt.decode(told["id_token"], own))
                header = {"alg": "RS256", "kid": own.thumbprint()}
                signed = jose.jwt.encode(header, {**claims, **self.lie}, self.key or own)
            told["id_token"] = signed.decode()
            response.set_data(flask.json.dumps(told))
        if response.mimetype == "text/html":
            # Its stylesheet is on another site, which tests don't ask.
            response.set_data(re.sub(rb"<link.*?>", b"", response.get_data(), flags=re.DOTALL))
        return response


def another_key():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jose.RSAKey.generate_key(is_private=True)


def _secret_of(request):
    return request.form.get("client_secret") or (request.authorization or {}).get("password")


@contextmanager
def running():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        provider = Provider()
    yield provider
    provider.stop()
