import pytest

from tickets.models import Ticket


@pytest.mark.django_db
def test_there_is_a_database_without_tickets():
    assert Ticket.objects.count() == 0
