"""The files of a document, as buttons of its page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.desk.marks import action
from accounts.limits import EXPORTS, limited
from invoicing.admin.verbs import DocumentVerbs, page_of
from invoicing.documents import files
from invoicing.documents.content import NO_E_INVOICE
from invoicing.documents.pdf import CannotBeDrawn


class Downloads(DocumentVerbs):
    """Whoever may see stored files gets them byte for byte; what was not drawn yet is drawn."""

    def has_pdf_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may see files, and whether this one is issued."""
        found = self.document(request, object_id) if _may(request) else None
        return found is not None and found.number is not None

    def has_xml_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may see files, and whether this one is an electronic invoice."""
        found = self.document(request, object_id) if _may(request) else None
        return found is not None and found.number is not None and files.e_invoice_of(found) != NO_E_INVOICE

    @action(description="PDF", permissions=["pdf"], icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._file(request, object_id, "pdf", files.stored_pdf)

    @action(description="XML", permissions=["xml"], icon="code")
    def xml(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._file(request, object_id, "xml", files.stored_xml)

    @limited(EXPORTS)
    def _file(self, request: HttpRequest, object_id: str, ending: str, read: Callable[..., bytes]) -> HttpResponse:
        invoice, now = self.existing(request, object_id), timezone.now()
        try:
            content = read(invoice, at=now)
        except CannotBeDrawn as problem:
            said = _("The document cannot be drawn: %(problem)s") % {"problem": problem}
            self.message_user(request, said, messages.ERROR)
            return HttpResponseRedirect(page_of(object_id))
        return HttpResponse(
            content,
            content_type=f"application/{ending}",
            headers={
                "Content-Disposition": f'attachment; filename="{files.file_name(invoice, ending)}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


def _may(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("invoicing.view_storedfile") and request.user.has_perm("invoicing.view_invoice"))
