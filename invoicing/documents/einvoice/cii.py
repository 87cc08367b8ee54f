"""The syntax of UN/CEFACT (CII): ZUGFeRD and Factur-X in the profile EN 16931, and XRechnung."""

from __future__ import annotations

from datetime import date

from invoicing.documents.einvoice.facts import Facts, LineFacts, TaxFacts
from invoicing.documents.einvoice.parties import Party
from invoicing.documents.einvoice.tree import Element, Tree
from invoicing.documents.einvoice.units import DISCOUNT

_UNECE = "urn:un:unece:uncefact:data:standard:"
NAMESPACES: dict[str | None, str] = {
    "rsm": f"{_UNECE}CrossIndustryInvoice:100",
    "ram": f"{_UNECE}ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{_UNECE}QualifiedDataType:100",
    "udt": f"{_UNECE}UnqualifiedDataType:100",
}
DAY = "102"  # UNTDID 2379: CCYYMMDD
VAT_ID, TAX_NUMBER = "VA", "FC"


def write(facts: Facts, *, guideline: str, process: str) -> bytes:
    """The document as XML. `guideline` names the rules that it keeps to, `process` what it is sent for ("": none)."""
    tree = Tree("rsm:CrossIndustryInvoice", NAMESPACES)
    context = tree.add(tree.root, "rsm:ExchangedDocumentContext")
    tree.put(context, "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", process)
    tree.put(context, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", guideline)
    head = tree.add(tree.root, "rsm:ExchangedDocument")
    tree.put(head, "ram:ID", facts.number)
    tree.put(head, "ram:TypeCode", facts.type_code)
    _day(tree, head, "ram:IssueDateTime", facts.issue_on)
    for note in facts.notes:
        tree.put(head, "ram:IncludedNote/ram:Content", note)
    deal = tree.add(tree.root, "rsm:SupplyChainTradeTransaction")
    for line in facts.lines:
        _line(tree, deal, line, facts.company_word)
    _agreement(tree, deal, facts)
    _delivery(tree, deal, facts)
    _settlement(tree, deal, facts)
    return tree.to_bytes()


def _line(tree: Tree, deal: Element, line: LineFacts, company_word: str) -> None:
    item = tree.add(deal, "ram:IncludedSupplyChainTradeLineItem")
    tree.put(item, "ram:AssociatedDocumentLineDocument/ram:LineID", line.number)
    product = tree.add(item, "ram:SpecifiedTradeProduct")
    tree.put(product, "ram:Name", line.name)
    tree.put(product, "ram:Description", line.description)
    if line.company:
        about = tree.add(product, "ram:ApplicableProductCharacteristic")
        tree.put(about, "ram:Description", company_word)
        tree.put(about, "ram:Value", line.company)
    price = tree.add(tree.add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    tree.put(price, "ram:ChargeAmount", line.price)
    tree.put(price, "ram:BasisQuantity", line.base, unitCode=line.unit)
    tree.put(item, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", line.quantity, unitCode=line.unit)
    settlement = tree.add(item, "ram:SpecifiedLineTradeSettlement")
    _category(tree, tree.add(settlement, "ram:ApplicableTradeTax"), line.category, line.rate)
    tree.put(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", line.amount)


def _agreement(tree: Tree, deal: Element, facts: Facts) -> None:
    agreement = tree.add(deal, "ram:ApplicableHeaderTradeAgreement")
    tree.put(agreement, "ram:BuyerReference", facts.buyer_reference)
    _party(tree, tree.add(agreement, "ram:SellerTradeParty"), facts.seller)
    _party(tree, tree.add(agreement, "ram:BuyerTradeParty"), facts.buyer)


def _party(tree: Tree, party: Element, facts: Party) -> None:
    tree.put(party, "ram:ID", facts.id)
    tree.put(party, "ram:Name", facts.name)
    tree.put(party, "ram:SpecifiedLegalOrganization/ram:ID", facts.register)
    if facts.phone or facts.email:
        contact = tree.add(party, "ram:DefinedTradeContact")
        tree.put(contact, "ram:PersonName", facts.name)
        tree.put(contact, "ram:TelephoneUniversalCommunication/ram:CompleteNumber", facts.phone)
        tree.put(contact, "ram:EmailURIUniversalCommunication/ram:URIID", facts.email)
    _address(tree, party, facts)
    tree.put(party, "ram:URIUniversalCommunication/ram:URIID", facts.endpoint, schemeID=facts.scheme)
    tree.put(party, "ram:SpecifiedTaxRegistration/ram:ID", facts.tax_number, schemeID=TAX_NUMBER)
    tree.put(party, "ram:SpecifiedTaxRegistration/ram:ID", facts.vat_id, schemeID=VAT_ID)


def _address(tree: Tree, party: Element, facts: Party) -> None:
    address = tree.add(party, "ram:PostalTradeAddress")
    tree.put(address, "ram:PostcodeCode", facts.postcode)
    tree.put(address, "ram:LineOne", facts.line1)
    tree.put(address, "ram:LineTwo", facts.line2)
    tree.put(address, "ram:CityName", facts.city)
    tree.put(address, "ram:CountryID", facts.country)


def _delivery(tree: Tree, deal: Element, facts: Facts) -> None:
    delivery = tree.add(deal, "ram:ApplicableHeaderTradeDelivery")
    if facts.shipped:
        _address(tree, tree.add(delivery, "ram:ShipToTradeParty"), facts.buyer)
    event = tree.add(delivery, "ram:ActualDeliverySupplyChainEvent")
    _day(tree, event, "ram:OccurrenceDateTime", facts.delivered_on)


def _settlement(tree: Tree, deal: Element, facts: Facts) -> None:
    settlement = tree.add(deal, "ram:ApplicableHeaderTradeSettlement")
    tree.put(settlement, "ram:PaymentReference", facts.number)
    tree.put(settlement, "ram:InvoiceCurrencyCode", facts.currency)
    if facts.iban:
        means = tree.add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        tree.put(means, "ram:TypeCode", facts.means)
        account = tree.add(means, "ram:PayeePartyCreditorFinancialAccount")
        tree.put(account, "ram:IBANID", facts.iban)
        tree.put(account, "ram:AccountName", facts.seller.name)
        tree.put(means, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID", facts.bic)
    for tax in facts.taxes:
        _tax(tree, settlement, tax)
    if facts.first_day and facts.last_day:
        period = tree.add(settlement, "ram:BillingSpecifiedPeriod")
        _day(tree, period, "ram:StartDateTime", facts.first_day)
        _day(tree, period, "ram:EndDateTime", facts.last_day)
    for tax in facts.taxes:
        _allowance(tree, settlement, tax, facts.discount_reason)
    terms = tree.add(settlement, "ram:SpecifiedTradePaymentTerms")
    tree.put(terms, "ram:Description", facts.terms)
    _day(tree, terms, "ram:DueDateDateTime", facts.due_on)
    _sums(tree, settlement, facts)
    if facts.preceding:
        first = tree.add(settlement, "ram:InvoiceReferencedDocument")
        tree.put(first, "ram:IssuerAssignedID", facts.preceding)
        if facts.preceding_on:
            _day(tree, first, "ram:FormattedIssueDateTime", facts.preceding_on, kind="qdt")


def _tax(tree: Tree, settlement: Element, tax: TaxFacts) -> None:
    group = tree.add(settlement, "ram:ApplicableTradeTax")
    tree.put(group, "ram:CalculatedAmount", tax.tax)
    tree.put(group, "ram:TypeCode", "VAT")
    tree.put(group, "ram:ExemptionReason", tax.reason)
    tree.put(group, "ram:BasisAmount", tax.basis)
    tree.put(group, "ram:CategoryCode", tax.category)
    tree.put(group, "ram:ExemptionReasonCode", tax.code)
    tree.put(group, "ram:RateApplicablePercent", tax.rate)


def _allowance(tree: Tree, settlement: Element, tax: TaxFacts, reason: str) -> None:
    if not tax.discount:
        return
    allowance = tree.add(settlement, "ram:SpecifiedTradeAllowanceCharge")
    tree.put(allowance, "ram:ChargeIndicator/udt:Indicator", "false")
    tree.put(allowance, "ram:ActualAmount", tax.discount)
    tree.put(allowance, "ram:ReasonCode", DISCOUNT)
    tree.put(allowance, "ram:Reason", reason)
    _category(tree, tree.add(allowance, "ram:CategoryTradeTax"), tax.category, tax.discount_rate)


def _sums(tree: Tree, settlement: Element, facts: Facts) -> None:
    sums = tree.add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    tree.put(sums, "ram:LineTotalAmount", facts.subtotal)
    tree.put(sums, "ram:AllowanceTotalAmount", facts.discount)
    tree.put(sums, "ram:TaxBasisTotalAmount", facts.taxable)
    tree.put(sums, "ram:TaxTotalAmount", facts.tax, currencyID=facts.currency)
    tree.put(sums, "ram:GrandTotalAmount", facts.total)
    tree.put(sums, "ram:DuePayableAmount", facts.total)


def _category(tree: Tree, parent: Element, category: str, rate: str) -> None:
    tree.put(parent, "ram:TypeCode", "VAT")
    tree.put(parent, "ram:CategoryCode", category)
    tree.put(parent, "ram:RateApplicablePercent", rate)


def _day(tree: Tree, parent: Element, name: str, day: date, *, kind: str = "udt") -> None:
    tree.put(parent, f"{name}/{kind}:DateTimeString", f"{day:%Y%m%d}", format=DAY)
