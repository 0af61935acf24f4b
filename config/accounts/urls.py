"""What of allauth has an address, and Django's way to a new password.

Only these of its pages: there is no sign-up here, and superusers manage users and their e-mail addresses in
the admin. The names are allauth's, which leads from one to the other by them.
"""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from config.accounts import codes, company_views, forgotten

to_login = RedirectView.as_view(pattern_name="admin:login", query_string=True)
in_admin = admin.site.admin_view

urlpatterns = [
    path("login/", to_login, name="account_login"),
    path("login/company/", company_views.start, name="company_login"),
    path("login/company/callback/", company_views.finish, name="company_callback"),
    path("login/code/", codes.SecondStep.as_view(), name="mfa_authenticate"),
    path("login/forgotten/", forgotten.Forgotten.as_view(), name="password_forgotten"),
    path("login/forgotten/<uidb64>/<token>/", forgotten.NewPassword.as_view(), name="password_reset_confirm"),
    path("login/password/", in_admin(codes.PasswordAgain.as_view()), name="account_reauthenticate"),
    path("", in_admin(codes.OwnLogin.as_view()), name="mfa_index"),
    path("codes/set-up/", in_admin(codes.SetUp.as_view()), name="mfa_activate_totp"),
    path("codes/switch-off/", in_admin(codes.SwitchOff.as_view()), name="mfa_deactivate_totp"),
    path("codes/recovery/", in_admin(codes.RecoveryCodesPage.as_view()), name="mfa_view_recovery_codes"),
    path(
        "codes/recovery/new/", in_admin(codes.NewRecoveryCodes.as_view()), name="mfa_generate_recovery_codes"
    ),
]
