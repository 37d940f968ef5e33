"""SOAP services: the contract on a service of our own, and what descriptions may not lead to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from firstline.sources.connectors.soap.definition import SoapParser
from firstline.sources.ports import SourceDown, SourceRefused
from tests.sources.connectors.api import Api, HttpContract, HttpTarget
from tests.sources.connectors.contract import NASTY, SECONDS, SECRET, part

SPACE = "urn:members"
MEMBER = """<s:element name="id" type="s:int"/><s:element name="name" type="s:string"/>
<s:element name="due" type="s:decimal"/><s:element name="version" type="s:int"/>"""
WSDL = f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:t="{SPACE}" targetNamespace="{SPACE}" name="Members">
<types><s:schema targetNamespace="{SPACE}" elementFormDefault="qualified">
<s:complexType name="Member"><s:sequence>{MEMBER}</s:sequence></s:complexType>
<s:element name="Find"><s:complexType><s:sequence>
  <s:element name="id" type="s:string" minOccurs="0"/></s:sequence></s:complexType></s:element>
<s:element name="FindResponse"><s:complexType><s:sequence>
  <s:element name="member" type="t:Member" minOccurs="0" maxOccurs="unbounded"/></s:sequence></s:complexType></s:element>
<s:element name="Rename"><s:complexType><s:sequence><s:element name="id" type="s:int"/>
  <s:element name="name" type="s:string"/><s:element name="version" type="s:int"/><s:element name="key" type="s:string"/>
</s:sequence></s:complexType></s:element>
<s:element name="RenameResponse"><s:complexType><s:sequence/></s:complexType></s:element>
</s:schema></types>
<message name="FindIn"><part name="parameters" element="t:Find"/></message>
<message name="FindOut"><part name="parameters" element="t:FindResponse"/></message>
<message name="RenameIn"><part name="parameters" element="t:Rename"/></message>
<message name="RenameOut"><part name="parameters" element="t:RenameResponse"/></message>
<portType name="Port">
<operation name="Find"><input message="t:FindIn"/><output message="t:FindOut"/></operation>
<operation name="Rename"><input message="t:RenameIn"/><output message="t:RenameOut"/></operation></portType>
<binding name="Binding" type="t:Port"><soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
<operation name="Find"><soap:operation soapAction="find"/><input><soap:body use="literal"/></input>
  <output><soap:body use="literal"/></output></operation>
<operation name="Rename"><soap:operation soapAction="rename"/><input><soap:body use="literal"/></input>
  <output><soap:body use="literal"/></output></operation></binding>
<service name="Members"><port name="Port" binding="t:Binding"><soap:address location="http://evil.example/"/></port></service>
</definitions>"""


class Service(Api):
    """What the description above says, over a dictionary; the address in it leads elsewhere on purpose."""

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        if self.command == "GET":
            self.answer(200, store.get("wsdl", WSDL), Content_Type="text/xml")
            return
        store["envelope"] = body
        (call,) = etree.fromstring(body).find("{*}Body")
        given = {etree.QName(one).localname: one.text or "" for one in call}
        getattr(self, etree.QName(call).localname)(store, given)

    def Find(self, store: dict[str, Any], given: dict[str, str]) -> None:
        found = [one for one in store["members"].values() if given.get("id", str(one["id"])) == str(one["id"])]
        inside = "".join(
            "<t:member>" + "".join(f"<t:{name}>{escape(str(one[name]))}</t:{name}>" for name in one) + "</t:member>"
            for one in found
        )
        self.say(200, f"<t:FindResponse>{inside}</t:FindResponse>")

    def Rename(self, store: dict[str, Any], given: dict[str, str]) -> None:
        one = store["members"][int(given["id"])]
        if given["key"] in store["keys"]:
            self.say(200, "<t:RenameResponse/>")
        elif given["version"] != str(one["version"]):
            self.fault("Changed", "changed meanwhile")
        elif given["name"] == "nobody":
            self.fault("Client", "nobody is no name")
        else:
            one |= {"name": given["name"], "version": one["version"] + 1}
            store["keys"].add(given["key"])
            self.say(200, "<t:RenameResponse/>")

    def fault(self, code: str, words: str) -> None:
        self.say(500, f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{words}</faultstring></e:Fault>")

    def say(self, status: int, inside: str) -> None:
        space = "http://schemas.xmlsoap.org/soap/envelope/"
        whole = f'<e:Envelope xmlns:e="{space}" xmlns:t="{SPACE}"><e:Body>{inside}</e:Body></e:Envelope>'
        self.answer(status, whole, Content_Type="text/xml; charset=utf-8")


class SoapTarget(HttpTarget):
    kind = "soap"
    api = Service
    base = "/members"

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder, **{"remembers_keys": True, **more})
        self.read_one = self.reading({"operation": "Find", "body": {"id": "{customer}"}, "rows": "member"}, "customer")
        self.read_all = self.reading({"operation": "Find"})
        body = {"id": "{record}", "name": "{name}", "version": "{version}", "key": "{key}"}
        self.write_name = self.writing({"operation": "Rename", "body": body, "changed": ["Changed"]})


class TestSoap(HttpContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = SoapTarget(tmp_path)
        yield made
        made.close()

    def as_sent(self, text: str) -> str:
        return text

    def test_passes_on_the_words_of_a_fault(self, target: Any) -> None:
        with pytest.raises(SourceRefused, match="nobody is no name"):
            self.write(target, self.record(target, 1, "nobody"))

    def test_a_value_stays_one_value_of_the_envelope(self, target: Any) -> None:
        self.write(target, self.record(target, 1, NASTY))
        assert target.members[1]["name"] == NASTY

    @pytest.mark.parametrize(
        "question",
        [
            {"operation": "Drop"},
            {"operation": "Find", "body": {"who": "1"}},
            {"operation": "Rename", "body": {"id": "x"}},
        ],
    )
    def test_what_the_description_does_not_know_is_refused(self, target: Any, question: dict[str, Any]) -> None:
        with pytest.raises(SourceRefused):
            target.connector.read(target.reading(question), {}, limit=1, seconds=SECONDS)

    def test_what_the_description_wants_instead_is_told(self, target: Any) -> None:
        question = target.reading({"operation": "Find", "body": {"who": "{customer}"}}, "customer")
        with pytest.raises(SourceRefused, match="id: xsd:string") as caught:
            target.connector.read(question, {"customer": "Ada"}, limit=1, seconds=SECONDS)
        assert "Ada" not in str(caught.value)

    @pytest.mark.parametrize(
        "import_of",
        ["http://evil.example/x.xsd", "file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:1/x.xsd"],
    )
    def test_a_description_leads_to_no_other_place(self, target: Any, import_of: str) -> None:
        leading = f'<s:import namespace="urn:other" schemaLocation="{import_of}"/><s:complexType name="Member">'
        target.server.store["wsdl"] = WSDL.replace('<s:complexType name="Member">', leading)
        with pytest.raises(SourceRefused):
            self.read(target, 1)

    def test_entities_of_a_description_are_refused(self, target: Any) -> None:
        evil = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        target.server.store["wsdl"] = WSDL.replace('<?xml version="1.0"?>', evil)
        with pytest.raises(SourceRefused, match="DTDForbidden"):
            self.read(target, 1)

    def test_a_description_may_lie_beside_the_secrets(self, tmp_path: Path, target: Any) -> None:
        connector = target.opened(target.connection(wsdl=target.secret_file("members.wsdl", WSDL)))
        rows = connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)
        connector.close()
        assert rows[0]["name"] == "Ada"
        assert not any(one.startswith("GET") for one in target.server.asked)

    def test_signs_in_inside_the_envelope_where_wanted(self, target: Any) -> None:
        more = {"user": target.secret_file("user", "ada"), "password": target.secret_file("password", SECRET)}
        connection = target.connection(wsse=True, **more)
        del connection["token"]
        connector = target.opened(connection)
        connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)
        connector.close()
        assert SECRET.encode() in target.server.store["envelope"]
        assert b"UsernameToken" in target.server.store["envelope"]

    def test_without_keys_it_states_less(self, target: Any) -> None:
        connector = target.opened(target.connection())
        assert connector.guarantee == "verified"

    def test_a_description_that_does_not_come_means_down(self, target: Any) -> None:
        target.server.special = lambda api: api.answer(503)
        with pytest.raises(SourceDown):
            target.connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)


def test_a_connection_is_checked() -> None:
    inner = part({"base_url": {"env": "A"}, "wsse": True})
    SoapParser().connection(inner)
    assert [one.code for one in inner.notes.problems] == ["missing"]
