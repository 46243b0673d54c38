"""What does every answer tell the browser not to do?"""

from __future__ import annotations

from flask import Flask, Response, request

from app.web import settings


def content_security_policy(*, connect_also: str = "") -> str:
    """Return the policy of a page: no inline script or style, nothing from elsewhere.

    Args:
        connect_also: An address beyond our own that the scripts of this one page may reach.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",  # Bootstrap draws its marks as data: images
            "font-src 'self'",
            f"connect-src 'self' {connect_also}".rstrip(),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


CONTENT_SECURITY_POLICY = content_security_policy()

PERMISSIONS = ", ".join(
    [
        *(f"{name}=(self)" for name in ("fullscreen", "window-management", "screen-wake-lock")),
        *(
            f"{name}=()"
            for name in (
                *("display-capture", "camera", "microphone", "geolocation", "clipboard-read", "clipboard-write"),
                *("picture-in-picture", "usb", "serial", "hid", "midi", "payment"),
            )
        ),
    ]
)


def init_app(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint != "static" and not (request.endpoint or "").endswith(".static"):
        headers.setdefault("Cache-Control", "no-store")
    if settings().served_over_tls:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
