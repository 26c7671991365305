"""Messages as text: a notice from its template in the customer's language, anything else as JSON.

Comes in: the content of an outbox row (docs/outbox.md) and the folder of templates. Goes out: a Letter, or a Failure that says
why there is none.
Know before changing: nothing is read but content and template, so that the same row gives the same text years later. Templates
are other people's code: sandboxed, an unknown name is an error and not an empty string, HTML is escaped.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine import money

FALLBACK = "en"
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_NBSP = "\u00a0"
# What an expression of a template may raise: the template's fault, not ours.
_FAULTS = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of a message, the ending of its file's name, and a word on how it was made where that matters."""

    text: str
    ending: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message could not be made or sent."""

    reason: str


@dataclass(slots=True)
class Writer:
    """Writes letters from the templates of one folder."""

    folder: Path
    _environments: dict[bool, ImmutableSandboxedEnvironment] = field(init=False)

    def __post_init__(self) -> None:
        """Templates may include others of the same folder, and nothing else; in HTML what they include is escaped too."""
        self._environments = {html: _environment(self.folder, html=html) for html in (False, True)}

    def write(self, content: Mapping[str, Any]) -> Letter | Failure:
        """The message of an outbox row."""
        if content["kind"] != "notice":
            return Letter(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "json")
        tags = list(_tags(str(content["language"])))
        for tag in tags:
            name = f"{content['template']}.{tag}.{content['channel']}.j2"
            if (self.folder / name).is_file():
                return self._rendered(name, tag, content)
        wanted = f"{content['template']}.{tags[0]}.{content['channel']}.j2"
        return Failure(f"there is no template {wanted}, nor one in {FALLBACK}")

    def _rendered(self, name: str, tag: str, content: Mapping[str, Any]) -> Letter | Failure:
        """The template's text, held to the form of its channel."""
        locale = _locale(tag, str(content["language"]))
        try:
            html = _is_html((self.folder / name).read_text(encoding="utf-8"))
            text = self._environments[html].get_template(name).render({**content, "locale": locale})
        except TemplateNotFound as error:
            return Failure(f"{name}: it includes {error.name}, which is not there")
        except OSError as error:
            return Failure(f"{name}: it cannot be read ({error.strerror})")
        except _FAULTS as error:
            line = getattr(error, "lineno", None)
            return Failure(f"{name}{f':{line}' if line else ''}: {error or type(error).__name__}")
        if content["channel"] == "email" and (reason := _no_email(text)):
            return Failure(f"{name}: {reason}")
        ending, asked = "html" if html else "txt", str(content["language"])
        same = _base(tag) == _base(asked)
        return Letter(text, f"{content['channel']}.{ending}", "" if same else f"in {tag}, no template is in {asked}")


def _environment(folder: Path, *, html: bool) -> ImmutableSandboxedEnvironment:
    """Where templates of one sort run."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"amount": _amount, "day": _day}
    return environment


def _is_html(source: str) -> bool:
    """Whether a template writes HTML: it says so with its first words, or after the subject of an e-mail."""
    source = _COMMENT.sub("", source).lstrip()
    if source.startswith("Subject:"):
        source = source.partition("\n")[2]
    return source.lstrip().lower().startswith(("<!doctype html", "<html"))


def _no_email(text: str) -> str:
    """What keeps a text from being an e-mail: a subject on its first line, a blank one, and words."""
    subject, _, rest = text.partition("\n")
    blank, _, body = rest.partition("\n")
    if not subject.startswith("Subject: ") or not subject.removeprefix("Subject: ").strip():
        return "the first line of an e-mail is 'Subject: ...'"
    if blank.strip():
        return "the line after the subject is blank"
    return "" if body.strip() else "the e-mail says nothing"


def _tags(language: str) -> Iterator[str]:
    """Languages to look for, the best first: as asked, without its region, English."""
    yield from dict.fromkeys((language.replace("-", "_"), _base(language), FALLBACK))


def _base(language: str) -> str:
    """A language without its region: `zh` for zh-CN."""
    return language.replace("-", "_").split("_")[0].lower()


@cache
def _locale(tag: str, asked: str) -> str:
    """Numbers and dates are written as the letter's language does, with the customer's region where that is of the language."""
    for candidate in (asked.replace("-", "_"), tag, FALLBACK):
        if _base(candidate) != _base(tag):
            continue
        try:
            return str(Locale.parse(candidate))
        except (UnknownLocaleError, ValueError):
            continue
    return FALLBACK


@pass_context
def _amount(context: Context, minor: int, currency: str | None = None) -> str:
    """`{{ total | amount }}`: with the code of the currency, in its own decimals, as the language writes numbers."""
    code = currency or str(context["currency"])
    locale, places = str(context["locale"]), money.digits(code)
    pattern = _pattern(locale, places)
    # Not Decimal.scaleb, which rounds beyond 28 digits; there are 16 at most here.
    value = Decimal(minor) / 10**places
    return format_currency(value, code, format=pattern, locale=locale, currency_digits=False)


@cache
def _pattern(locale: str, places: int) -> str:
    """The language's pattern for money, with the code (¤¤) apart from the digits and with so many decimals."""
    pattern = str(Locale.parse(locale).currency_formats["standard"].pattern).split(";")[0]
    digits = pattern.strip("¤\u200e\u200f\u00a0\u202f ")
    decimals = digits.split(".")[0] + ("." + "0" * places if places else "")
    return f"¤¤{_NBSP}{decimals}" if pattern.index("¤") < pattern.index("0") else f"{decimals}{_NBSP}¤¤"


@pass_context
def _day(context: Context, text: str) -> str:
    """`{{ deadline | day }}`: the date in words of the language, which nobody reads the wrong way round."""
    return format_date(date.fromisoformat(text), format="long", locale=str(context["locale"]))
