"""The manager's page of people: who works here in which roles, new people, sign-in links, and letting people go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from catalog import people
from catalog.people import Role, allowed, name_of


class RolesForm(forms.Form):
    """The roles of one person."""

    roles = forms.MultipleChoiceField(
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one role; to let somebody go, deactivate the account."},
    )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new person."""

    roles = forms.MultipleChoiceField(choices=Role.choices, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "username"]
        labels = {"username": "Name to sign in with"}
        help_texts = {"username": "Letters, digits and @ . + - _"}

    def save(self, commit: bool = True) -> User:
        """Make the person, without a password: they come in by a sign-in link."""
        user: User = super().save(commit=False)
        user.set_unusable_password()
        user.save()
        people.give_roles(user, *(Role(role) for role in self.cleaned_data["roles"]))
        return user


@allowed(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Everybody, and the form for somebody new."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        return _page(request, PersonForm(), new_link_for=user)
    return _page(request, form)


@allowed(Role.MANAGER)
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a link that signs the person in once. It stands in this answer alone, and is stored nowhere."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    return _page(request, PersonForm(), new_link_for=user)


@allowed(Role.MANAGER)
@require_POST
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody go, or take them back; what they did stays."""
    user = get_object_or_404(User, pk=pk)
    if user.pk == request.user.pk:
        messages.error(request, "You can't deactivate yourself. Ask another manager to do it.")
        return redirect("review:people")
    user.is_active = not user.is_active
    user.save(update_fields=["is_active"])
    messages.success(request, f"{name_of(user)} can {'sign in again' if user.is_active else 'no longer sign in'}.")
    return redirect("review:people")


@allowed(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Change somebody's roles."""
    user = get_object_or_404(User, pk=pk)
    form = RolesForm(
        request.POST if request.method == "POST" else None, initial={"roles": [role.value for role in _roles(user)]}
    )
    if request.method == "POST" and form.is_valid():
        chosen = [Role(role) for role in form.cleaned_data["roles"]]
        if user.pk == request.user.pk and Role.MANAGER not in chosen:
            form.add_error("roles", "You can't take the role of manager from yourself. Ask another manager to do it.")
        else:
            people.give_roles(user, *chosen)
            messages.success(request, f"{name_of(user)} is now {', '.join(role.label.lower() for role in chosen)}.")
            return redirect("review:people")
    context = {"form": form, "person": user, "name": name_of(user)}
    return render(request, "review/people_roles.html", context, status=422 if form.errors else 200)


def _page(request: HttpRequest, form: PersonForm, new_link_for: User | None = None) -> HttpResponse:
    everybody = User.objects.prefetch_related("groups").order_by("-is_active", "username")
    rows = [{"user": user, "name": name_of(user), "roles": [role.label for role in _roles(user)]} for user in everybody]
    context: dict[str, Any] = {"people": rows, "form": form, "counted": sum(user.is_active for user in everybody)}
    if new_link_for:
        context["link"] = people.sign_in_link(new_link_for, request.build_absolute_uri("/"))
        context["link_for"] = name_of(new_link_for)
    response = render(request, "review/people.html", context, status=422 if form.errors else 200)
    if new_link_for:
        response["Cache-Control"] = "no-store"
    return response


def _roles(user: User) -> list[Role]:
    """The roles from the prefetched groups, in their usual order."""
    names = {group.name for group in user.groups.all()}
    return [role for role in Role if user.is_superuser or role.value in names]
