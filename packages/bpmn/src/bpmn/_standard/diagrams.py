"""The elements of the diagram namespaces: `bpmndi`, and those of the Diagram Definition standard under it, `di` and `dc`.

The form is that of `semantic`. Source: BPMN 2.0.2, chapter 12 and annex B.
"""

TABLE = """
(di:Diagram) | id:id name documentation resolution:double |
(di:DiagramElement) | id:id | di:extension
di:extension | | any
(di:Node) < di:DiagramElement | |
(di:Plane) < di:Node | | di:DiagramElement
(di:Shape) < di:Node | | dc:Bounds
(di:LabeledShape) < di:Shape | |
(di:Label) < di:Node | | dc:Bounds
(di:Edge) < di:DiagramElement | | di:waypoint
(di:LabeledEdge) < di:Edge | |
(di:Style) | id:id |
di:waypoint < dc:Point | |
dc:Point | x:double y:double |
dc:Bounds | x:double y:double width:double height:double |
dc:Font | name size:double isBold:boolean isItalic:boolean isUnderline:boolean isStrikeThrough:boolean |
bpmndi:BPMNDiagram < di:Diagram | | bpmndi:BPMNPlane bpmndi:BPMNLabelStyle
bpmndi:BPMNPlane < di:Plane | bpmnElement:ref |
bpmndi:BPMNShape < di:LabeledShape | bpmnElement:ref isHorizontal:boolean isExpanded:boolean isMarkerVisible:boolean isMessageVisible:boolean participantBandKind choreographyActivityShape:ref | bpmndi:BPMNLabel
bpmndi:BPMNEdge < di:LabeledEdge | bpmnElement:ref sourceElement:ref targetElement:ref messageVisibleKind | bpmndi:BPMNLabel
bpmndi:BPMNLabel < di:Label | labelStyle:ref |
bpmndi:BPMNLabelStyle < di:Style | | dc:Font
"""
