"""What the framework leaves out of /openapi.json: headers, tags, examples, refusals, meanings.

The framework describes paths, inputs and answers from the handlers. This goes once over the
finished description and adds what all routes share, so that no handler repeats it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from market.base import presence, refusing, vocabulary
from market.base.examples import example_of
from market.base.fields import Input
from market.base.file_types import MediaType
from market.base.problems import Problem
from market.base.web import JSON, KEY_HEADER

Object: TypeAlias = dict[str, Any]

METHODS: Final = ("get", "put", "post", "patch", "delete")
# What the framework makes of Page[…], and of two Structs that share a name.
PAGE_NAME: Final = re.compile(r"Page_[\w.]*\.(\w+)\.\w+\.(\w+)_")
TWIN_NAME: Final = re.compile(r"([a-z_]+)_[a-z]+_([A-Z]\w*)")

CHINESE: Final = re.compile(r"[\u3400-\u9fff]")

# The sentences that the framework, or a handler in a hurry, gives in English alone.
SAID_IN_ENGLISH: Final = {
    "A page": "一页 A page",
    "Request fulfilled, document follows": "已办理 Done",
    "Request fulfilled, nothing follows": "已办理，没有内容 Done, nothing follows",
    "File Download": "文件 The file",
    "How it came": "如何得来 How it came",
    "Inputs, steps, result": "输入、步骤与结果 Inputs, steps, result",
    "The fields that differ": "有差异的字段 The fields that differ",
}

IN_PERSON: Final = (
    "须本人登录后办理，接口密钥不能办理。",
    "A person does this in a session; an API key is refused.",
)
UNKNOWN_FILE: Final = "application/octet-stream"
FILE_HEADER: Final[Object] = {"schema": {"type": "string"}}

# What a query's ``format`` may ask for beside JSON.
FORMATS: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "beancount": "text/plain",
    "hledger": "text/plain",
}

HEADERS: Final = {
    "Language": (
        "Accept-Language",
        "错误说明的语言，缺省为中文。Chinese, unless English ranks higher.",
        {"type": "string", "examples": ["zh-CN", "en"]},
    ),
    "Key": (
        KEY_HEADER,
        "每次办理一个新值，重试时沿用，以免重复办理。A new value for each act, the same on retry.",
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    ),
    "Version": (
        "If-Match",
        "读取时得到的 ETag；已变则回 412。The ETag given when reading; 412 once changed.",
        {"type": "string", "examples": ['"3"']},
    ),
}

TAGS: Final = {
    "sessions": ("登录与会话", "Signing in, and the sessions of a person"),
    "passwords": ("重设密码", "Resetting a forgotten password"),
    "second factor": ("第二因素", "One-time codes beside the password, and lost devices"),
    "people": ("人员", "People, their consents and their data"),
    "organisations": ("单位与企业", "What units and enterprises have in common"),
    "enterprises": ("企业", "Enterprises: registration and verification"),
    "units": ("技协组织", "Units of the association and their tree"),
    "invitations": ("邀请", "Invitations by e-mail"),
    "roles": ("角色授予", "Roles, granted and taken back"),
    "signing authorities": ("签约权限", "Who signs for an organisation, up to which sum"),
    "members": ("会员与证书", "Members and their certificates"),
    "api keys": ("接口密钥", "Keys for machines"),
    "policies": ("规则版本", "Versions of the rules: proposed, approved, in force from a day"),
    "approvals": ("待我审批", "What waits for one's own approval"),
    "files": ("文件", "Files, kept by their content"),
    "rights": ("知识产权", "Rights that an offering transfers or licenses"),
    "offerings": ("服务项目的编辑与审核", "Offerings: drafting, review, publishing"),
    "catalogue": ("公开目录", "The public catalogue of published offerings"),
    "enterprise requests": ("企业需求", "What enterprises need: published, asked about, closed"),
    "proposals": (
        "报价",
        "What units propose: drafted, submitted, sealed until the deadline, opened",
    ),
    "counter-offers": ("还价", "Other terms for an opened proposal, which bind once accepted"),
    "saved searches": ("订阅搜索", "Being told of what is published later and fits"),
    "deals": ("洽谈", "What the two sides write to each other, and how far they have read"),
    "contracts": ("合同", "Contracts from the order to the last signature"),
    "performance": ("履约", "Milestones: start, delivery, acceptance"),
    "judging": ("评审", "Judges, scores, results and the comparison of proposals"),
    "awards": ("定标", "Awards, their standstill, and complaints against them"),
    "reviews": ("互评", "What the parties of a completed contract say of each other"),
    "providers": ("服务单位", "Public pages of units and of the people who do the work"),
    "invoices": ("请款单", "Invoices and their voiding"),
    "credit notes": ("贷项通知", "Credit notes: proposed, issued, rejected"),
    "fapiao": ("发票与红字发票", "Fapiao: requested, issued, delivered, reversed by red ones"),
    "payments": ("收款与预存款", "Allocations of payments, and credit"),
    "online payments": ("在线付款", "Payment by card or wallet, and the balance with Stripe"),
    "refunds": (
        "退款",
        "Refunds of credit by bank or to the card that paid: proposed, approved, sent, paid",
    ),
    "statements": ("银行账户与对账单", "Bank accounts, statements and their lines"),
    "reconciliation": ("对账", "Matching bank lines with invoices"),
    "ledger": ("总账", "Accounts, postings, balances, opening balances"),
    "reports": ("报表与账簿", "Revenue, receivables, and the books as files"),
    "operation": ("运行", "Whether the market lives, and what its codes mean"),
}


class Description(JsonRenderPlugin):
    """Serves the completed description; it is made when first asked for."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")
        self.bytes: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Object) -> bytes:
        if self.bytes is None:
            self.bytes = msgspec.json.encode(complete(openapi_schema, request.app))
        return self.bytes


def complete(framework_schema: Object, app: Litestar) -> Object:
    """The framework's description with everything that all routes share."""
    schema = _with_plain_names(framework_schema)
    handlers = _handlers(app)
    for operation in _operations(schema):
        _complete_operation(operation, *handlers[operation["operationId"]])
    _add_formats(schema)
    _add_examples(schema, handlers)
    components = schema["components"]
    components["schemas"] |= msgspec.json.schema_components(
        [Problem], ref_template="#/components/schemas/{name}"
    )[1]
    components["parameters"] = dict(_parameters())
    components["responses"] = dict(refusing.responses())
    vocabulary.explain(components["schemas"], _operations(schema))
    used = {tag for operation in _operations(schema) for tag in operation["tags"]}
    schema["tags"] = [
        {"name": name, "description": f"{zh} · {en}"}
        for name, (zh, en) in TAGS.items()
        if name in used
    ]
    return schema


def _with_plain_names(framework_schema: Object) -> Object:
    """Pages are named for their rows; Structs that share a name are told apart by their rooms."""
    names = list(framework_schema["components"]["schemas"])
    pages = [found for name in names if (found := PAGE_NAME.fullmatch(name))]
    twins = [found for name in names if (found := TWIN_NAME.fullmatch(name))]
    rows = Counter(page[2] for page in pages)
    plain = {each[0]: f"PageOf{each[2] if rows[each[2]] == 1 else _roomy(each)}" for each in pages}
    plain |= {each[0]: _roomy(each) for each in twins}
    text = msgspec.json.encode(framework_schema).decode()
    either = "|".join(map(re.escape, plain))
    text = re.sub(rf"(?<![\w.])(?:{either})(?![\w.])", lambda found: plain[found[0]], text)
    named: Object = _plain(msgspec.json.decode(text))
    for shape in named["components"]["schemas"].values():
        if shape.get("title") in _closed():
            shape["additionalProperties"] = False
    return named


def _plain(schema: Any) -> Any:
    """Without the framework's alternatives that are none: a single one, and one of anything."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(part) for name, part in schema.items()}
    choices = [choice for choice in plain.get("oneOf", []) if choice]
    if len(choices) == 1:
        del plain["oneOf"]
        return choices[0] | plain
    return plain


def _closed(root: type[msgspec.Struct] = Input) -> set[str]:
    """The names of the inputs, which take no other fields than their own."""
    return {root.__name__}.union(*map(_closed, root.__subclasses__()))


def _roomy(found: re.Match[str]) -> str:
    return found[1].title().replace("_", "") + found[2]


def _handlers(app: Litestar) -> dict[str, tuple[str, str, HTTPRouteHandler]]:
    """Method, path and handler of every operation."""
    return {
        str(handler.operation_id): (method, route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method not in ("OPTIONS", "HEAD")
    }


def _operations(schema: Object) -> Iterator[Object]:
    for item in schema["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def _complete_operation(
    operation: Object, method: str, path: str, handler: HTTPRouteHandler
) -> None:
    public = bool(handler.opt.get("public"))
    uses = set(_names(handler.fn.__code__))
    parameters = [_header("Language"), *_act_headers(method, handler, uses)]
    operation["parameters"] = [*operation.get("parameters", []), *parameters]
    if public:
        operation["security"] = []
    if presence.is_for_people(operation["operationId"]):
        operation["description"] = _also(operation.get("description", ""), *IN_PERSON)
    answers = {
        status: _mended(answer) | {"description": _bilingual(answer["description"])}
        for status, answer in operation["responses"].items()
        if status < "4"
    }
    refusals = {
        str(kind.status): {"$ref": f"#/components/responses/{kind.__name__}"}
        for kind in refusing.refusals_of(operation, method, path, handler, uses)
    }
    default = {"default": {"$ref": f"#/components/responses/{refusing.ANY_REFUSAL}"}}
    operation["responses"] = answers | refusals | default


def _also(said: str, zh: str, en: str) -> str:
    """Chinese paragraphs come first, as in the docstrings of handlers."""
    told = said.split("\n\n") if said else []
    first = sum(CHINESE.search(paragraph) is not None for paragraph in told)
    return "\n\n".join([*told[:first], zh, *told[first:], en])


def _add_formats(schema: Object) -> None:
    """An answer in every format that the query may ask for."""
    words = schema["components"]["schemas"].get("Format", {}).get("enum", ())
    for operation in _operations(schema):
        if any(parameter.get("name") == "format" for parameter in operation["parameters"]):
            operation["responses"]["200"]["content"] |= {
                FORMATS[word]: {"schema": {"type": "string", "format": "binary"}}
                for word in words
                if word in FORMATS
            }


def _mended(answer: Object) -> Object:
    """The framework describes no content as null, and a file's day and type as they never are."""
    content = answer.get("content", {})
    if all(media["schema"] == {"type": "null"} for media in content.values()):
        return {name: part for name, part in answer.items() if name != "content"}
    if UNKNOWN_FILE in content:
        binary = {"schema": {"type": "string", "format": "binary"}}
        headers = dict.fromkeys(answer["headers"], FILE_HEADER)
        return answer | {"content": dict.fromkeys(MediaType, binary), "headers": headers}
    return answer


def _add_examples(
    schema: Object, handlers: Mapping[str, tuple[str, str, HTTPRouteHandler]]
) -> None:
    """A body's own; an answer's own, or that of another act that is answered with the same."""
    operations = list(_operations(schema))
    by_shape: dict[bytes, Any] = {}
    for operation in operations:
        example = example_of(handlers[operation["operationId"]][2])
        if example is None:
            continue
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if example.body is not None:
                media["example"] = example.body
        if example.answer is not None:
            media = next(_answers(operation))
            media["example"] = example.answer
            by_shape[msgspec.json.encode(media["schema"])] = example.answer
    for media in (each for operation in operations for each in _answers(operation)):
        shape = msgspec.json.encode(media["schema"])
        if "example" not in media and shape in by_shape:
            media["example"] = by_shape[shape]


def _answers(operation: Object) -> Iterator[Object]:
    """What an operation answers in JSON when it is done."""
    for status, answer in operation["responses"].items():
        if status < "3" and JSON in answer.get("content", {}):
            yield answer["content"][JSON]


def _bilingual(description: str) -> str:
    return SAID_IN_ENGLISH.get(description, description)


def _act_headers(method: str, handler: HTTPRouteHandler, uses: set[str]) -> Iterator[Object]:
    if method == "POST" and "act" in uses:
        yield _header("KeyRequired" if handler.opt.get("key") == "required" else "Key")
    if "required_version" in uses:
        yield _header("VersionRequired")
    elif "expected_version" in uses:
        yield _header("Version")


def _header(name: str) -> Object:
    return {"$ref": f"#/components/parameters/{name}"}


def _names(code: CodeType) -> Iterator[str]:
    """What a handler's code asks of its door, so that no second list can differ from it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _parameters() -> Iterator[tuple[str, Object]]:
    for name, (header, description, schema) in HEADERS.items():
        parameter = {"name": header, "in": "header", "description": description, "schema": schema}
        yield name, parameter | {"required": False}
        if name != "Language":
            yield f"{name}Required", parameter | {"required": True}
