"""What is read and written."""

from bpmn.testing import element, end, path, start

from .row import Row, process

SPECIFICATION = (
    '<bpmn:ioSpecification><bpmn:dataInput id="in" name="amount"/><bpmn:dataOutput id="out" name="amount"/>'
    "<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"
)


def association(direction: str, source: str, target: str) -> str:
    ends = f"<bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
    return element(f"data{direction}Association", f"{source}-{target}", ends)


def using(*data: str, source: str = "", target: str = "") -> bytes:
    taken = association("Input", source, "in") if source else ""
    given = association("Output", "out", target) if target else ""
    task = element("task", "work", SPECIFICATION, taken, given)
    return process(start(), *data, task, end(), path("start", "work", "end"))


ORDER = element("dataObject", "order_object") + element(
    "dataObjectReference", "order", name="Order", dataObjectRef="order_object"
)
STOCK = element("dataStoreReference", "stock", name="Stock")

ROWS = (
    Row(
        name="Data object",
        does="A variable by its name; one of a subprocess lives and ends with it.",
        model=using(ORDER),
        shown=("order",),
        of=("order_object", "order"),
        test="test_data.py::test_data_of_a_subprocess_live_and_end_with_it",
    ),
    Row(
        name="Data store",
        does="A variable of the instance by its name, see [below](#data-stores).",
        model=using(STOCK),
        shown=("stock",),
        test="test_data.py::test_data_associations_copy_in_and_out",
    ),
    Row(
        name="Data input association",
        does="Copies into the activity or event when it begins, with transformation and assignments.",
        model=using(ORDER, source="order"),
        shown=("order", "work"),
        of=("order-in",),
        test="test_data.py::test_transformations_and_assignments",
    ),
    Row(
        name="Data output association",
        does="Copies out of the activity or event when it ends, with transformation and assignments.",
        model=using(STOCK, target="stock"),
        shown=("work", "stock"),
        of=("out-stock",),
        test="test_data.py::test_data_associations_copy_in_and_out",
    ),
)
