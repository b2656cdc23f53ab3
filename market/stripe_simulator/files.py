"""Files that are uploaded, and which of them serve as evidence."""

from __future__ import annotations

import secrets
from typing import Final

from market.stripe_simulator import errors
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.forms import Params

EVIDENCE: Final = "dispute_evidence"
PURPOSES: Final = (
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    EVIDENCE,
    "identity_document",
    "pci_document",
    "tax_document_user_upload",
)
GREATEST_EVIDENCE_BYTES: Final = 5_000_000
# What evidence may be, by how its content begins.
HEADS: Final = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
PARTS: Final = frozenset({"name", "type", "content"})


def create_file(account: Account, params: Params) -> Object:
    """Its bytes are measured, and dropped; of evidence what they are, too."""
    sent = params.branch("file", PARTS)
    if sent is None:
        raise errors.missing("file")
    purpose = params.choice("purpose", PURPOSES)
    if purpose is None:
        raise errors.missing("purpose")
    content = sent.needed("content").encode("latin-1")
    kind = next((kind for head, kind in HEADS.items() if content.startswith(head)), None)
    if purpose == EVIDENCE and kind is None:
        raise errors.invalid("file", "Evidence is a PDF, JPEG or PNG file.")
    if purpose == EVIDENCE and len(content) > GREATEST_EVIDENCE_BYTES:
        raise errors.invalid("file", "The file is larger than 5 MB.")
    return account.add(
        "file",
        expires_at=None,
        filename=sent.text("name"),
        links=None,
        purpose=purpose,
        size=len(content),
        title=None,
        type=kind,
        url=f"{account.address}/v1/files/{secrets.token_hex(8)}/contents",
    )


def require_evidence(account: Account, name: str, param: str) -> None:
    """A file that was uploaded for another purpose is none."""
    if account.find("file", name, param)["purpose"] != EVIDENCE:
        raise errors.invalid(param, f"File {name} was not uploaded as {EVIDENCE}.")
