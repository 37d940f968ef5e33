"""Decision models to deploy in tests, as text."""

NAMESPACES = {
    "1.1": "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "1.2": "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
}


def definitions(inside: str, *, key: str = "priorities", name: str = "Priorities", dialect: str = "1.3") -> str:
    return (
        f'<definitions xmlns="{NAMESPACES[dialect]}" id="{key}" name="{name}" namespace="urn:example:{key}">'
        f"{inside}</definitions>"
    )


def priority(*, high: str = "> 1000", key: str = "priorities", dialect: str = "1.3") -> str:
    """A table that asks the amount and, through a decision of its own, how loyal the customer is."""
    return definitions(
        f"""
        <inputData id="i-amount" name="amount"><variable name="amount" typeRef="number"/></inputData>
        <inputData id="i-years" name="years"><variable name="years" typeRef="number"/></inputData>
        <decision id="loyalty" name="Loyalty">
          <variable name="Loyalty" typeRef="string"/>
          <informationRequirement id="r1"><requiredInput href="#i-years"/></informationRequirement>
          <literalExpression id="loyalty-text"><text>if years &gt;= 5 then "loyal" else "new"</text></literalExpression>
        </decision>
        <decision id="priority" name="Priority">
          <question>How urgent is it?</question>
          <variable name="Priority" typeRef="string"/>
          <informationRequirement id="r2"><requiredInput href="#i-amount"/></informationRequirement>
          <informationRequirement id="r3"><requiredDecision href="#loyalty"/></informationRequirement>
          <decisionTable id="priority-table" hitPolicy="FIRST">
            <input id="c1" label="Amount"><inputExpression id="e1" typeRef="number"><text>amount</text></inputExpression></input>
            <input id="c2" label="Loyalty"><inputExpression id="e2" typeRef="string"><text>Loyalty</text></inputExpression>
              <inputValues><text>"loyal", "new"</text></inputValues></input>
            <output id="c3" label="Priority" name="priority" typeRef="string"/>
            <rule id="big"><description>Large sums first</description>
              <inputEntry id="t1"><text>{high.replace(">", "&gt;")}</text></inputEntry>
              <inputEntry id="t2"><text>-</text></inputEntry>
              <outputEntry id="o1"><text>"high"</text></outputEntry></rule>
            <rule id="loyal"><inputEntry id="t3"><text>-</text></inputEntry>
              <inputEntry id="t4"><text>"loyal"</text></inputEntry>
              <outputEntry id="o2"><text>"middle"</text></outputEntry></rule>
            <rule id="other"><inputEntry id="t5"><text>-</text></inputEntry><inputEntry id="t6"><text>-</text></inputEntry>
              <outputEntry id="o3"><text>"low"</text></outputEntry></rule>
          </decisionTable>
        </decision>""",
        key=key,
        dialect=dialect,
    )


BROKEN = definitions(
    """
    <decision id="route" name="Route">
      <informationRequirement id="r"><requiredInput href="#nowhere"/></informationRequirement>
      <decisionTable id="routes" hitPolicy="SOMETIMES">
        <input id="c"><inputExpression id="e"><text>amount +</text></inputExpression></input>
        <output id="o" name="team"/>
        <rule id="one"><inputEntry id="x"><text>&gt;</text></inputEntry><outputEntry id="y"><text>"desk" +</text></outputEntry></rule>
      </decisionTable>
    </decision>""",
    key="broken",
)
