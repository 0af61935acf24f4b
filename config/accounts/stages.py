"""The steps of a login after the first."""

from typing import Any

from allauth.mfa.stages import AuthenticateStage

COMPANY_LOGIN = "sociallogin"
"""What a login carries along that the company's provider has let in."""


class CodeStage(AuthenticateStage):
    """Asks for a one-time password after a password; whom the company lets in, it has asked itself."""

    def handle(self) -> Any:
        if COMPANY_LOGIN in (self.login.signal_kwargs or {}):
            return None, True
        return super().handle()
