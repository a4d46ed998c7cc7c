"""The project's accounts: their ids, names and email addresses."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction
from django.db.models.signals import post_save
from django.forms import modelform_factory

from cumulonimbus.models import User
from sessions_api.testing import frozen_clock
from tests.together import together

NOW = 1_700_000_000_000  # milliseconds


@pytest.fixture
def now() -> Iterator[None]:
    """Freeze the clock at :data:`NOW`."""
    with frozen_clock(datetime.fromtimestamp(NOW / 1000, UTC)):
        yield


def users(count: int, prefix: str = "user") -> list[User]:
    return [User(username=f"{prefix}{number}") for number in range(count)]


def saved(user: User) -> User:
    user.save()
    return user


def ids() -> set[int]:
    return set(User.objects.values_list("pk", flat=True))


@pytest.mark.django_db
class TestIds:
    def test_the_id_is_the_creation_time_in_milliseconds(self) -> None:
        before = time.time_ns() // 1_000_000
        user = User.objects.create_user("ann")
        assert before <= user.pk <= time.time_ns() // 1_000_000
        assert len(str(user.pk)) == 13

    @pytest.mark.parametrize(
        "make",
        [
            lambda name: User.objects.create(username=name),
            lambda name: User.objects.create_user(name),
            lambda name: User.objects.create_superuser(name),
            lambda name: User.objects.get_or_create(username=name)[0],
            lambda name: User.objects.bulk_create([User(username=name)])[0],
            lambda name: saved(User(username=name)),
        ],
    )
    @pytest.mark.usefixtures("now")
    def test_every_way_to_create_a_user_assigns_the_latest_free_id(
        self, make: Callable[[str], User]
    ) -> None:
        assert [make("ann").pk, make("bob").pk, make("carol").pk] == [NOW, NOW - 1, NOW - 2]

    def test_a_free_id_takes_no_extra_query(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(3) as queries:
            User.objects.create_user("ann")
        assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "INSERT", "RELEASE"]

    @pytest.mark.usefixtures("now")
    def test_ids_of_bulk_create_increase_and_end_now(self) -> None:
        made = User.objects.bulk_create(users(2000))
        assert [user.pk for user in made] == list(range(NOW - 1999, NOW + 1))
        assert ids() == {user.pk for user in made}

    @pytest.mark.usefixtures("now")
    def test_two_bulks_and_a_single_one_in_one_millisecond(
        self, django_assert_max_num_queries
    ) -> None:
        User.objects.create_user("ann")
        User.objects.bulk_create(users(2000, "first"))
        User.objects.bulk_create(users(2000, "second"), batch_size=300)
        with django_assert_max_num_queries(20):
            User.objects.create_user("bob")
        assert ids() == set(range(NOW - 4001, NOW + 1))

    @pytest.mark.usefixtures("now")
    def test_gaps_between_ids_are_used(self) -> None:
        for taken in (0, 1, 3, 200):
            User.objects.create(pk=NOW - taken, username=f"taken{taken}")
        assert User.objects.create_user("ann").pk == NOW - 2
        made = User.objects.bulk_create(users(300))
        assert {NOW - user.pk for user in made} == set(range(4, 305)) - {200}

    @pytest.mark.usefixtures("now")
    def test_explicit_ids_are_kept(self) -> None:
        ann = User.objects.create(pk=7, username="ann")
        bob, carol = User.objects.bulk_create([User(username="bob"), User(pk=8, username="carol")])
        assert (ann.pk, bob.pk, carol.pk) == (7, NOW, 8)
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(pk=7, username="dave")

    def test_saving_again_keeps_the_id(self) -> None:
        user = User.objects.create_user("ann")
        user.is_active = False
        user.save(update_fields=["is_active"])
        user.save()
        assert User.objects.get() == user
        assert not User.objects.get().is_active

    @pytest.mark.usefixtures("now")
    def test_violating_another_constraint_is_not_a_collision(self) -> None:
        User.objects.create(pk=7, username="ann")
        twin = User(username="ann")
        with pytest.raises(IntegrityError):
            twin.save()
        assert twin.pk is None
        with pytest.raises(IntegrityError):
            User.objects.bulk_create([*users(2), twin])
        twin.username = "bob"
        twin.save()
        assert ids() == {7, NOW}

    @pytest.mark.usefixtures("now")
    def test_a_violated_constraint_together_with_a_collision(self) -> None:
        User.objects.create_user("ann")
        with pytest.raises(IntegrityError):
            User.objects.create_user("ann")
        assert ids() == {NOW}

    def test_a_failing_receiver_rolls_the_insertion_back(self) -> None:
        def refuse(**kwargs: object) -> None:
            raise LookupError

        post_save.connect(refuse, sender=User)
        try:
            with pytest.raises(LookupError):
                User.objects.create_user("ann")
        finally:
            post_save.disconnect(refuse, sender=User)
        assert ids() == set()

    @pytest.mark.parametrize(
        "options",
        [
            {"ignore_conflicts": True},
            {"update_conflicts": True, "unique_fields": ["pk"], "update_fields": ["is_active"]},
        ],
    )
    def test_ids_are_required_with_conflict_handling(self, options: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="must have ids"):
            User.objects.bulk_create(users(2), **options)
        User.objects.bulk_create([User(pk=7, username="ann")], **options)
        User.objects.bulk_create([User(pk=7, username="bob")], **options)
        assert User.objects.get().username == "ann"


@pytest.mark.django_db(transaction=True)
class TestIdsInParallel:
    @pytest.mark.usefixtures("now")
    def test_concurrently_created_users_get_unique_ids(self) -> None:
        def work(prefix: str) -> None:
            for number in range(15):
                User.objects.create_user(f"{prefix}{number}")

        together(*(lambda prefix=prefix: work(prefix) for prefix in "abcdef"))
        assert ids() == set(range(NOW - 89, NOW + 1))

    @pytest.mark.usefixtures("now")
    def test_concurrent_bulk_creations_get_unique_ids(self) -> None:
        together(
            *(
                lambda prefix=prefix: User.objects.bulk_create(users(300, prefix))
                for prefix in "ab"
            ),
            *(lambda name=name: User.objects.create_user(name) for name in ("ann", "bob")),
        )
        assert len(ids()) == 602
        assert max(ids()) == NOW

    @pytest.mark.usefixtures("now")
    def test_asynchronously_created_users_get_unique_ids(self) -> None:
        async def work() -> None:
            await User.objects.acreate_user("ann")
            await User.objects.abulk_create(users(2))
            await sync_to_async(connections.close_all)()

        asyncio.run(work())
        assert ids() == {NOW, NOW - 1, NOW - 2}


@pytest.mark.django_db
class TestUsernames:
    def test_unique_whatever_the_case(self) -> None:
        User.objects.create_user("Ann")
        with pytest.raises(IntegrityError):
            User.objects.create_user("aNN")

    def test_found_in_any_case(self) -> None:
        ann = User.objects.create_user("An_n")
        User.objects.create_user("anxn")
        assert User.objects.get_by_natural_key("aN_N") == ann

    @pytest.mark.parametrize(
        "name", ["", " ", "ann ", "a\0b", "jürgen", "\ud800", "\u212a", "x" * 65]
    )
    def test_an_invalid_username_finds_nobody_and_cannot_be_stored(self, name: str) -> None:
        with pytest.raises(User.DoesNotExist):
            User.objects.get_by_natural_key(name)
        with pytest.raises(ValidationError):
            User(username=name, password="x").full_clean()

    @pytest.mark.parametrize("name", ["ann\n", "jürgen", "x y"])
    def test_the_database_refuses_invalid_usernames(self, name: str) -> None:
        with pytest.raises(IntegrityError):
            User.objects.create_user(name)

    @pytest.mark.parametrize("name", ["ann", "ANN"])
    def test_a_form_reports_that_a_name_is_taken(self, name: str) -> None:
        User.objects.create_user("ann")
        data = {"username": name, "password1": "zx-81-spectrum", "password2": "zx-81-spectrum"}
        for form in (
            modelform_factory(User, UserCreationForm, fields=["username"])(data),
            modelform_factory(User, fields=["username"])({"username": name}),
        ):
            messages = {text for texts in form.errors.values() for text in texts}
            assert messages == {"A user with that username already exists."}


@pytest.mark.django_db
class TestEmails:
    def test_many_users_may_have_no_email_address(self) -> None:
        ann = User.objects.create_user("ann")
        User.objects.create_user("bob", email="")
        User.objects.create(username="carol", email="")
        User.objects.bulk_create([User(username="dave", email="")])
        User.objects.create_user("eve", email="eve@example.org")
        User.objects.filter(username="eve").update(email="")
        assert ann.email is None
        assert set(User.objects.values_list("email", flat=True)) == {None}

    def test_unique_whatever_the_case(self) -> None:
        User.objects.create_user("ann", email="Ann@Example.org")
        with pytest.raises(IntegrityError):
            User.objects.create_user("bob", email="ann@eXample.ORG")

    def test_a_form_accepts_an_empty_address_and_reports_a_taken_one(self) -> None:
        form_class = modelform_factory(User, fields=["username", "email"])
        form_class({"username": "ann", "email": ""}).save()
        form_class({"username": "bob", "email": ""}).save()
        form_class({"username": "carol", "email": "c@example.org"}).save()
        assert User.objects.filter(email=None).count() == 2
        form = form_class({"username": "dave", "email": "C@Example.org"})
        assert form.errors == {"__all__": ["A user with that email address already exists."]}

    @pytest.mark.parametrize("email", ["nobody", "a\0@example.org"])
    def test_an_invalid_address_is_refused(self, email: str) -> None:
        with pytest.raises(ValidationError, match="email"):
            User(username="ann", email=email, password="x").full_clean()


@pytest.mark.django_db
class TestCreateSuperuser:
    def create(self, username: str, email: str = "") -> None:
        call_command(
            "createsuperuser", interactive=False, username=username, email=email, stdout=StringIO()
        )

    def test_it_works_without_an_email_address(self) -> None:
        self.create("ann")
        self.create("bob")
        assert User.objects.filter(is_superuser=True, is_staff=True, email=None).count() == 2

    @pytest.mark.parametrize("name", ["ANN", "a\0b"])
    def test_it_reports_what_is_wrong_with_a_name(self, name: str) -> None:
        User.objects.create_user("ann")
        with pytest.raises(CommandError, match=r"already taken|1 to 64"):
            self.create(name)
