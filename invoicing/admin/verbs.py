"""What people do with one document: asked first, done by the use case, and said afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.desk.asking import Question, ask, is_confirmed
from accounts.desk.pages import Page, ReadOnlyPage
from accounts.desk.refusals import sentence
from accounts.language import within
from invoicing.lifecycle.credit import CREDITABLE
from invoicing.lifecycle.payments import PAYABLE
from invoicing.lifecycle.void import VOIDABLE
from invoicing.models import Invoice
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition

# What use cases refuse in words.
REFUSALS: Final = (InvalidTransition, BillingDisabled, LookupError, ValueError, ObjectDoesNotExist)
KEPT = "document_of_the_request"


def _is_draft(document: Invoice) -> bool:
    return document.status == Invoice.Status.DRAFT


def _can_be_voided(document: Invoice) -> bool:
    untouched = not (document.paid_cents or document.credited_cents)
    return document.status in VOIDABLE and document.cancels_id is None and untouched


def _can_be_credited(document: Invoice) -> bool:
    left = document.credited_cents < (document.total_cents or 0)
    return document.status in CREDITABLE and document.cancels_id is None and left


# Which buttons fit which documents, by the name of the button.
FITS: Final[Mapping[str, Callable[[Invoice], bool]]] = {
    **dict.fromkeys(
        ("issue_this", "add_line", "adjust_line", "change_line", "take_off", "discount_this", "discard_this"), _is_draft
    ),
    "send_this": lambda document: document.number is not None,
    "pdf": lambda document: document.number is not None,
    "xml": lambda document: document.number is not None,
    "pay_this": lambda document: document.status in PAYABLE and document.cancels_id is None,
    "give_up_this": lambda document: document.status == Invoice.Status.OPEN and document.cancels_id is None,
    "void_this": _can_be_voided,
    "credit_this": _can_be_credited,
}
ON_THE_PAGE: Final = frozenset(
    {"adjust_line", "change_line", "take_off", "discard_this", "credit_this", "void_this", "give_up_this"}
)


class DocumentVerbs(ReadOnlyPage):
    """The base of what is done on the page of a document."""

    def document(self, request: HttpRequest, object_id: str | None) -> Invoice | None:
        """The document of this request, read once for all of its buttons."""
        kept: dict[str, Invoice | None] = request.__dict__.setdefault(KEPT, {})
        if object_id is None or not str(object_id).isdigit():
            return None
        if object_id not in kept:
            found = Invoice.objects.select_related("client", "cancels", "cancels__client")
            kept[object_id] = found.filter(pk=object_id).first()
        return kept[object_id]

    def existing(self, request: HttpRequest, object_id: str) -> Invoice:
        """The document. Raises Invoice.DoesNotExist; the permissions of the buttons come before."""
        found = self.document(request, object_id)
        if found is None:
            raise Invoice.DoesNotExist
        return found

    def may(self, request: HttpRequest, object_id: str | None, permission: str) -> bool:
        """Whether the person may, and whether there is such a document. Its state is a matter of `FITS`."""
        allowed = bool(request.user.has_perm(permission))
        return allowed and (object_id is None or self.document(request, object_id) is not None)

    def fitting(self, request: HttpRequest, object_id: str) -> list[Any]:
        """The buttons that the person may press and that fit the document."""
        found: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        document = self.document(request, object_id)
        return [one for one in found if document is not None and FITS[_verb(one)](document)]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What is shown above the page; the rest has its place on it."""
        return [one for one in self.fitting(request, str(object_id)) if _verb(one) not in ON_THE_PAGE]

    def further(self, request: HttpRequest, object_id: str) -> list[dict[str, str]]:
        """The buttons on the page itself: what is done more rarely."""
        return [
            {"title": one.description, "url": reverse(f"admin:{one.action_name}", args=[object_id])}
            for one in self.fitting(request, object_id)
            if _verb(one) in ON_THE_PAGE
        ]


def answer(page: Page, request: HttpRequest, question: Question, do: Callable[[], str]) -> HttpResponse:
    """Ask; once confirmed, do it, say what came of it and lead back. A refusal is an error of the form.

    `do` answers a sentence; "" where the person has to look again.
    """
    form = question.form
    if is_confirmed(request) and (form is None or form.is_valid()):
        said, refused = _tried(do)
        if said:
            page.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(question.back)
        if refused and form is None:
            page.message_user(request, refused, messages.ERROR)
            return HttpResponseRedirect(question.back)
        if refused and form is not None:
            form.add_error(None, refused)
    return ask(page, request, question)


def _tried(do: Callable[[], str]) -> tuple[str, str]:
    try:
        return do(), ""
    except REFUSALS as problem:
        return "", str(problem) or _("It is not there any more.")
    except DatabaseError as problem:
        if not (refused := sentence(problem)):
            raise
        return "", refused


def while_it_fits(method: Callable[[Any, HttpRequest, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """A button that was pressed too late, or twice, leads back and says what has become of the document."""

    @wraps(method)
    def asked(page: DocumentVerbs, request: HttpRequest, object_id: str) -> HttpResponse:
        document = page.existing(request, object_id)
        if FITS[method.__name__](document):
            return method(page, request, object_id)
        said = _("Nothing was done: %(document)s is %(state)s.") % {
            "document": document, "state": within(document.get_status_display()),
        }  # fmt: skip
        page.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(page_of(object_id))

    return asked


def _verb(button: Any) -> str:
    return str(button.action_name).removeprefix("invoicing_invoice_")


def page_of(object_id: str | int) -> str:
    """The address of a document's page."""
    return reverse("admin:invoicing_invoice_change", args=[object_id])
