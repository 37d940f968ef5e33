"""Make a fresh Tryton an ERP that somebody works with: a company with its books, a customer, a sale, and its posted invoice.

Run by scripts/erp, in Tryton's own environment: fill_erp.py CONFIGURATION DATABASE. Prints the ids of what it made.
"""

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, create_tax, get_accounts
from trytond.modules.account_invoice.tests.tools import create_payment_term, set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company, get_company


def make_company() -> Any:
    party = Model.get("party.party")(name="Lindwerk Energie")
    party.save()
    create_company(party=party, currency="EUR")
    company = get_company()
    create_chart(company)
    set_fiscalyear_invoice_sequences(create_fiscalyear(company)).click("create_period")
    return company


def make_product(company: Any) -> Any:
    accounts, tax = get_accounts(company), create_tax(Decimal(".20"), company=company)
    tax.save()
    category = Model.get("product.category")(name="Goods", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.customer_taxes.append(tax)
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Model.get("product.template")(name="Smart meter", default_uom=unit, type="goods", salable=True)
    template.list_price, template.account_category = Decimal("89.00"), category
    template.save()
    return template.products[0]


def make_customer(payment_term: Any) -> Any:
    customer = Model.get("party.party")(name="Brigitte Dupont", customer_payment_term=payment_term)
    address = customer.addresses[0]
    address.street, address.city, address.postal_code = "5 Rue de la Gare", "Lyon", "69000"
    mail = customer.contact_mechanisms.new()
    mail.type, mail.value = "email", "brigitte@example.com"
    customer.save()
    return customer


def sell(customer: Any, product: Any, payment_term: Any) -> tuple[Any, Any]:
    """Two pieces of the product, to the posted invoice."""
    sale = Model.get("sale.sale")(party=customer, payment_term=payment_term, invoice_method="order")
    line = sale.lines.new()
    line.product, line.quantity, line.unit_price = product, 2, Decimal("89.00")
    for step in ("quote", "confirm", "process"):
        sale.click(step)
    (invoice,) = sale.invoices
    invoice.invoice_date = dt.date.today()  # noqa: DTZ011, TID251 -- Tryton's fiscal year is today's, and has no clock of ours
    invoice.click("post")
    return sale, invoice


def main() -> None:
    """Fill the database that the arguments name."""
    config.set_trytond(database=sys.argv[2], user="admin", config_file=sys.argv[1])
    company = make_company()
    payment_term = create_payment_term()
    payment_term.save()
    customer = make_customer(payment_term)
    sale, invoice = sell(customer, make_product(company), payment_term)
    made = {"company": company.id, "customer": customer.id, "sale": sale.id, "invoice": invoice.id}
    print(json.dumps(made))


if __name__ == "__main__":
    main()
