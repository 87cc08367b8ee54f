"""The syntax of OASIS (UBL 2.1): XRechnung as Invoice or CreditNote."""

from __future__ import annotations

from invoicing.documents.einvoice.facts import Facts, LineFacts, TaxFacts
from invoicing.documents.einvoice.parties import Party
from invoicing.documents.einvoice.tree import Element, Tree
from invoicing.documents.einvoice.units import DISCOUNT

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd:"
PARTS: dict[str | None, str] = {
    "cac": f"{_OASIS}CommonAggregateComponents-2",
    "cbc": f"{_OASIS}CommonBasicComponents-2",
}
VAT, TAX_NUMBER = "VAT", "FC"


def write(facts: Facts, *, guideline: str, process: str) -> bytes:
    """The document as XML. `guideline` names the rules that it keeps to, `process` what it is sent for ("": none)."""
    kind = "CreditNote" if facts.credits else "Invoice"
    tree = Tree(kind, {None: f"{_OASIS}{kind}-2", **PARTS})
    root = tree.root
    tree.put(root, "cbc:CustomizationID", guideline)
    tree.put(root, "cbc:ProfileID", process)
    tree.put(root, "cbc:ID", facts.number)
    tree.put(root, "cbc:IssueDate", facts.issue_on.isoformat())
    if not facts.credits:  # a credit note has its due date with the payment
        tree.put(root, "cbc:DueDate", facts.due_on.isoformat())
    tree.put(root, f"cbc:{kind}TypeCode", facts.type_code)
    for note in facts.notes:
        tree.put(root, "cbc:Note", note)
    tree.put(root, "cbc:DocumentCurrencyCode", facts.currency)
    tree.put(root, "cbc:BuyerReference", facts.buyer_reference)
    _references(tree, facts)
    _party(tree, tree.add(tree.add(root, "cac:AccountingSupplierParty"), "cac:Party"), facts.seller)
    _party(tree, tree.add(tree.add(root, "cac:AccountingCustomerParty"), "cac:Party"), facts.buyer)
    _delivery(tree, facts)
    _payment(tree, facts)
    for tax in facts.taxes:
        _allowance(tree, tax, facts)
    _tax_total(tree, facts)
    _sums(tree, facts)
    for line in facts.lines:
        _line(tree, tree.add(root, f"cac:{kind}Line"), line, facts)
    return tree.to_bytes()


def _references(tree: Tree, facts: Facts) -> None:
    if facts.first_day and facts.last_day:
        period = tree.add(tree.root, "cac:InvoicePeriod")
        tree.put(period, "cbc:StartDate", facts.first_day.isoformat())
        tree.put(period, "cbc:EndDate", facts.last_day.isoformat())
    if facts.preceding:
        first = tree.add(tree.add(tree.root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        tree.put(first, "cbc:ID", facts.preceding)
        tree.put(first, "cbc:IssueDate", facts.preceding_on.isoformat() if facts.preceding_on else "")


def _party(tree: Tree, party: Element, facts: Party) -> None:
    tree.put(party, "cbc:EndpointID", facts.endpoint, schemeID=facts.scheme)
    tree.put(party, "cac:PartyIdentification/cbc:ID", facts.id)
    _address(tree, tree.add(party, "cac:PostalAddress"), facts)
    for number, scheme in ((facts.vat_id, VAT), (facts.tax_number, TAX_NUMBER)):
        if number:
            registration = tree.add(party, "cac:PartyTaxScheme")
            tree.put(registration, "cbc:CompanyID", number)
            tree.put(registration, "cac:TaxScheme/cbc:ID", scheme)
    entity = tree.add(party, "cac:PartyLegalEntity")
    tree.put(entity, "cbc:RegistrationName", facts.name)
    tree.put(entity, "cbc:CompanyID", facts.register)
    if facts.phone or facts.email:
        contact = tree.add(party, "cac:Contact")
        tree.put(contact, "cbc:Name", facts.name)
        tree.put(contact, "cbc:Telephone", facts.phone)
        tree.put(contact, "cbc:ElectronicMail", facts.email)


def _address(tree: Tree, address: Element, facts: Party) -> None:
    tree.put(address, "cbc:StreetName", facts.line1)
    tree.put(address, "cbc:AdditionalStreetName", facts.line2)
    tree.put(address, "cbc:CityName", facts.city)
    tree.put(address, "cbc:PostalZone", facts.postcode)
    tree.put(address, "cac:Country/cbc:IdentificationCode", facts.country)


def _delivery(tree: Tree, facts: Facts) -> None:
    delivery = tree.add(tree.root, "cac:Delivery")
    tree.put(delivery, "cbc:ActualDeliveryDate", facts.delivered_on.isoformat())
    if facts.shipped:
        _address(tree, tree.add(tree.add(delivery, "cac:DeliveryLocation"), "cac:Address"), facts.buyer)


def _payment(tree: Tree, facts: Facts) -> None:
    if facts.iban:
        means = tree.add(tree.root, "cac:PaymentMeans")
        tree.put(means, "cbc:PaymentMeansCode", facts.means)
        if facts.credits:
            tree.put(means, "cbc:PaymentDueDate", facts.due_on.isoformat())
        tree.put(means, "cbc:PaymentID", facts.number)
        account = tree.add(means, "cac:PayeeFinancialAccount")
        tree.put(account, "cbc:ID", facts.iban)
        tree.put(account, "cbc:Name", facts.seller.name)
        tree.put(account, "cac:FinancialInstitutionBranch/cbc:ID", facts.bic)
    tree.put(tree.root, "cac:PaymentTerms/cbc:Note", facts.terms)


def _allowance(tree: Tree, tax: TaxFacts, facts: Facts) -> None:
    if not tax.discount:
        return
    allowance = tree.add(tree.root, "cac:AllowanceCharge")
    tree.put(allowance, "cbc:ChargeIndicator", "false")
    tree.put(allowance, "cbc:AllowanceChargeReasonCode", DISCOUNT)
    tree.put(allowance, "cbc:AllowanceChargeReason", facts.discount_reason)
    tree.put(allowance, "cbc:Amount", tax.discount, currencyID=facts.currency)
    _category(tree, tree.add(allowance, "cac:TaxCategory"), tax.category, tax.discount_rate)


def _tax_total(tree: Tree, facts: Facts) -> None:
    total = tree.add(tree.root, "cac:TaxTotal")
    tree.put(total, "cbc:TaxAmount", facts.tax, currencyID=facts.currency)
    for tax in facts.taxes:
        group = tree.add(total, "cac:TaxSubtotal")
        tree.put(group, "cbc:TaxableAmount", tax.basis, currencyID=facts.currency)
        tree.put(group, "cbc:TaxAmount", tax.tax, currencyID=facts.currency)
        category = tree.add(group, "cac:TaxCategory")
        tree.put(category, "cbc:ID", tax.category)
        tree.put(category, "cbc:Percent", tax.rate)
        tree.put(category, "cbc:TaxExemptionReasonCode", tax.code)
        tree.put(category, "cbc:TaxExemptionReason", tax.reason)
        tree.put(category, "cac:TaxScheme/cbc:ID", VAT)


def _sums(tree: Tree, facts: Facts) -> None:
    sums = tree.add(tree.root, "cac:LegalMonetaryTotal")
    for name, value in (
        ("LineExtensionAmount", facts.subtotal),
        ("TaxExclusiveAmount", facts.taxable),
        ("TaxInclusiveAmount", facts.total),
        ("AllowanceTotalAmount", facts.discount),
        ("PayableAmount", facts.total),
    ):
        tree.put(sums, f"cbc:{name}", value, currencyID=facts.currency)


def _line(tree: Tree, row: Element, line: LineFacts, facts: Facts) -> None:
    tree.put(row, "cbc:ID", line.number)
    quantity = "CreditedQuantity" if facts.credits else "InvoicedQuantity"
    tree.put(row, f"cbc:{quantity}", line.quantity, unitCode=line.unit)
    tree.put(row, "cbc:LineExtensionAmount", line.amount, currencyID=facts.currency)
    item = tree.add(row, "cac:Item")
    tree.put(item, "cbc:Description", line.description)
    tree.put(item, "cbc:Name", line.name)
    _category(tree, tree.add(item, "cac:ClassifiedTaxCategory"), line.category, line.rate)
    if line.company:
        about = tree.add(item, "cac:AdditionalItemProperty")
        tree.put(about, "cbc:Name", facts.company_word)
        tree.put(about, "cbc:Value", line.company)
    price = tree.add(row, "cac:Price")
    tree.put(price, "cbc:PriceAmount", line.price, currencyID=facts.currency)
    tree.put(price, "cbc:BaseQuantity", line.base, unitCode=line.unit)


def _category(tree: Tree, parent: Element, category: str, rate: str) -> None:
    tree.put(parent, "cbc:ID", category)
    tree.put(parent, "cbc:Percent", rate)
    tree.put(parent, "cac:TaxScheme/cbc:ID", VAT)
