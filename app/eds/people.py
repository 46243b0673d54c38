"""Whom does a certificate name, and what is it for?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.eds.errors import NotForSignIn, NotPersonal

PERSON = "1.2.398.3.3.4.1.1"
"""Extended key usage of a person's own certificate."""
ORGANISATION = "1.2.398.3.3.4.1.2"
"""The same of an organisation; below it lie its head, its staff and others who act for it."""

_IIN = re.compile(r"IIN(?P<iin>[0-9]{12})")
_BIN = re.compile(r"BIN[0-9]{12}")


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """A person as the certification authority knows them."""

    iin: str
    name: str
    """As it stands in the certificate: family name, given name, patronymic."""


def check_use(certificate: x509.Certificate) -> None:
    """See that the certificate is for signing in.

    Raises:
        NotForSignIn: It is for signing documents, for issuing certificates, or does not say.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = set(_purposes(certificate))
    except x509.ExtensionNotFound as silent:
        raise NotForSignIn from silent
    signs_in = usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string in purposes
    if not signs_in or usage.key_cert_sign or _is_authority(certificate):
        raise NotForSignIn


def named_person(certificate: x509.Certificate) -> NamedPerson:
    """Return the person whose own certificate this is.

    Raises:
        NotPersonal: It is of somebody who acts for an organisation, or it names no IIN.
    """
    purposes = _purposes(certificate)
    for_organisation = any(purpose.startswith(ORGANISATION) for purpose in purposes)
    units = _said(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    numbers = [_IIN.fullmatch(number) for number in _said(certificate, NameOID.SERIAL_NUMBER)]
    if PERSON not in purposes or for_organisation or any(_BIN.fullmatch(unit) for unit in units):
        raise NotPersonal
    if len(numbers) != 1 or numbers[0] is None:
        raise NotPersonal
    # GIVENNAME holds the patronymic; family name and given name stand in CN.
    names = _said(certificate, NameOID.COMMON_NAME)[:1] + _said(certificate, NameOID.GIVEN_NAME)[:1]
    return NamedPerson(iin=numbers[0]["iin"], name=" ".join(names))


def _purposes(certificate: x509.Certificate) -> list[str]:
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return [purpose.dotted_string for purpose in usage]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _said(certificate: x509.Certificate, name: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(name)]
