"""The elements of BPMN 2.0's own namespace.

One line each: `name < base | attributes | children`. A name in brackets is abstract: it only stands for those built on it.
Attributes: `name`, `name:type`, `name:type=default`; without a type, text. Children: `name` stands for that element and all that
are built on it, `name=kind` for a child that only this element has. Where the
standard says expression, a formal one stands here: its attributes are commonly written without saying `xsi:type`. Source: BPMN 2.0.2, chapters 8 to 11, tables of the XML schemas.
"""

TABLE = """
definitions | id:id name targetNamespace:uri expressionLanguage:uri=http://www.w3.org/1999/XPath typeLanguage:uri=http://www.w3.org/2001/XMLSchema exporter exporterVersion | import extension rootElement bpmndi:BPMNDiagram relationship
import | namespace:uri location importType:uri |
extension | definition:ref mustUnderstand:boolean=false | documentation
extensionElements | | any
documentation | id:id textFormat=text/plain | any
(baseElement) | id:id | documentation extensionElements
(rootElement) < baseElement | |
relationship < baseElement | type direction | source=ref target=ref

(callableElement) < rootElement | name | supportedInterfaceRef=ref ioSpecification ioBinding
process < callableElement | processType=None isClosed:boolean=false isExecutable:boolean definitionalCollaborationRef:ref | auditing monitoring property laneSet flowElement artifact resourceRole correlationSubscription supports=ref
globalTask < callableElement | | resourceRole
globalBusinessRuleTask < globalTask | implementation=##unspecified |
globalManualTask < globalTask | |
globalScriptTask < globalTask | scriptLanguage:uri | script
globalUserTask < globalTask | implementation=##unspecified | rendering
auditing < baseElement | |
monitoring < baseElement | |
laneSet < baseElement | name | lane
lane < baseElement | name partitionElementRef:ref | partitionElement=baseElement flowNodeRef=ref childLaneSet=laneSet

collaboration < rootElement | name isClosed:boolean=false | participant messageFlow artifact conversationNode conversationAssociation participantAssociation messageFlowAssociation correlationKey choreographyRef=ref conversationLink
participant < baseElement | name processRef:ref | interfaceRef=ref endPointRef=ref participantMultiplicity
participantMultiplicity < baseElement | minimum:integer=0 maximum:integer=1 |
participantAssociation < baseElement | | innerParticipantRef=ref outerParticipantRef=ref
messageFlow < baseElement | name sourceRef:ref targetRef:ref messageRef:ref |
messageFlowAssociation < baseElement | innerMessageFlowRef:ref outerMessageFlowRef:ref |
(conversationNode) < baseElement | name | participantRef=ref messageFlowRef=ref correlationKey
conversation < conversationNode | |
subConversation < conversationNode | | conversationNode
callConversation < conversationNode | calledCollaborationRef:ref | participantAssociation
conversationLink < baseElement | name sourceRef:ref targetRef:ref |
conversationAssociation < baseElement | innerConversationNodeRef:ref outerConversationNodeRef:ref |
globalConversation < collaboration | |

choreography < collaboration | | flowElement
globalChoreographyTask < choreography | initiatingParticipantRef:ref |
(choreographyActivity) < flowNode | initiatingParticipantRef:ref loopType=None | participantRef=ref correlationKey
choreographyTask < choreographyActivity | | messageFlowRef=ref
callChoreography < choreographyActivity | calledChoreographyRef:ref | participantAssociation
subChoreography < choreographyActivity | | flowElement artifact

correlationKey < baseElement | name | correlationPropertyRef=ref
correlationProperty < rootElement | name type:ref | correlationPropertyRetrievalExpression
correlationPropertyRetrievalExpression < baseElement | messageRef:ref | messagePath=formalExpression
correlationPropertyBinding < baseElement | correlationPropertyRef:ref | dataPath=formalExpression
correlationSubscription < baseElement | correlationKeyRef:ref | correlationPropertyBinding

category < rootElement | name | categoryValue
categoryValue < baseElement | value |
endPoint < rootElement | |
error < rootElement | name errorCode structureRef:ref |
escalation < rootElement | name escalationCode structureRef:ref |
signal < rootElement | name structureRef:ref |
message < rootElement | name itemRef:ref |
itemDefinition < rootElement | structureRef:ref isCollection:boolean=false itemKind=Information |
interface < rootElement | name implementationRef:ref | operation
operation < baseElement | name implementationRef:ref | inMessageRef=ref outMessageRef=ref errorRef=ref
partnerEntity < rootElement | name | participantRef=ref
partnerRole < rootElement | name | participantRef=ref
resource < rootElement | name | resourceParameter
resourceParameter < baseElement | name type:ref isRequired:boolean |
resourceRole < baseElement | name | resourceRef=ref resourceParameterBinding resourceAssignmentExpression
performer < resourceRole | |
humanPerformer < performer | |
potentialOwner < humanPerformer | |
resourceParameterBinding < baseElement | parameterRef:ref | expression
resourceAssignmentExpression < baseElement | | expression

expression < baseElement | | any
formalExpression < expression | language:uri evaluatesToTypeRef:ref |

(flowElement) < baseElement | name | auditing monitoring categoryValueRef=ref
(flowNode) < flowElement | | incoming=ref outgoing=ref
sequenceFlow < flowElement | sourceRef:ref targetRef:ref isImmediate:boolean | conditionExpression=formalExpression
(activity) < flowNode | isForCompensation:boolean=false startQuantity:integer=1 completionQuantity:integer=1 default:ref | ioSpecification property dataInputAssociation dataOutputAssociation resourceRole loopCharacteristics
task < activity | |
businessRuleTask < task | implementation=##unspecified |
manualTask < task | |
receiveTask < task | implementation=##WebService instantiate:boolean=false messageRef:ref operationRef:ref |
scriptTask < task | scriptFormat | script
sendTask < task | implementation=##WebService messageRef:ref operationRef:ref |
serviceTask < task | implementation=##WebService operationRef:ref |
userTask < task | implementation=##unspecified | rendering
rendering < baseElement | |
script | | any
callActivity < activity | calledElement:ref |
subProcess < activity | triggeredByEvent:boolean=false | laneSet flowElement artifact
transaction < subProcess | method=##Compensate |
adHocSubProcess < subProcess | cancelRemainingInstances:boolean=true ordering=Parallel | completionCondition=formalExpression
(loopCharacteristics) < baseElement | |
standardLoopCharacteristics < loopCharacteristics | testBefore:boolean=false loopMaximum:integer | loopCondition=formalExpression
multiInstanceLoopCharacteristics < loopCharacteristics | isSequential:boolean=false behavior=All oneBehaviorEventRef:ref noneBehaviorEventRef:ref | loopCardinality=formalExpression loopDataInputRef=ref loopDataOutputRef=ref inputDataItem=dataInput outputDataItem=dataOutput complexBehaviorDefinition completionCondition=formalExpression
complexBehaviorDefinition < baseElement | | condition=formalExpression event=implicitThrowEvent

(event) < flowNode | | property
(catchEvent) < event | parallelMultiple:boolean=false | dataOutput dataOutputAssociation outputSet eventDefinition eventDefinitionRef=ref
(throwEvent) < event | | dataInput dataInputAssociation inputSet eventDefinition eventDefinitionRef=ref
startEvent < catchEvent | isInterrupting:boolean=true |
intermediateCatchEvent < catchEvent | |
boundaryEvent < catchEvent | cancelActivity:boolean=true attachedToRef:ref |
intermediateThrowEvent < throwEvent | |
implicitThrowEvent < throwEvent | |
endEvent < throwEvent | |
(eventDefinition) < rootElement | |
cancelEventDefinition < eventDefinition | |
compensateEventDefinition < eventDefinition | waitForCompletion:boolean activityRef:ref |
conditionalEventDefinition < eventDefinition | | condition=formalExpression
errorEventDefinition < eventDefinition | errorRef:ref |
escalationEventDefinition < eventDefinition | escalationRef:ref |
linkEventDefinition < eventDefinition | name | source=ref target=ref
messageEventDefinition < eventDefinition | messageRef:ref | operationRef=ref
signalEventDefinition < eventDefinition | signalRef:ref |
terminateEventDefinition < eventDefinition | |
timerEventDefinition < eventDefinition | | timeDate=formalExpression timeDuration=formalExpression timeCycle=formalExpression

(gateway) < flowNode | gatewayDirection=Unspecified |
complexGateway < gateway | default:ref | activationCondition=formalExpression
eventBasedGateway < gateway | instantiate:boolean=false eventGatewayType=Exclusive |
exclusiveGateway < gateway | default:ref |
inclusiveGateway < gateway | default:ref |
parallelGateway < gateway | |

dataObject < flowElement | itemSubjectRef:ref isCollection:boolean=false | dataState
dataObjectReference < flowElement | itemSubjectRef:ref dataObjectRef:ref | dataState
dataStore < rootElement | name capacity:integer isUnlimited:boolean=true itemSubjectRef:ref | dataState
dataStoreReference < flowElement | itemSubjectRef:ref dataStoreRef:ref | dataState
dataState < baseElement | name |
property < baseElement | name itemSubjectRef:ref | dataState
ioSpecification < baseElement | | dataInput dataOutput inputSet outputSet
ioBinding < baseElement | operationRef:ref inputDataRef:ref outputDataRef:ref |
dataInput < baseElement | name itemSubjectRef:ref isCollection:boolean=false | dataState
dataOutput < baseElement | name itemSubjectRef:ref isCollection:boolean=false | dataState
inputSet < baseElement | name | dataInputRefs=ref optionalInputRefs=ref whileExecutingInputRefs=ref outputSetRefs=ref
outputSet < baseElement | name | dataOutputRefs=ref optionalOutputRefs=ref whileExecutingOutputRefs=ref inputSetRefs=ref
dataAssociation < baseElement | | sourceRef=ref targetRef=ref transformation=formalExpression assignment
dataInputAssociation < dataAssociation | |
dataOutputAssociation < dataAssociation | |
assignment < baseElement | | from=formalExpression to=formalExpression

(artifact) < baseElement | |
association < artifact | sourceRef:ref targetRef:ref associationDirection=None |
group < artifact | categoryValueRef:ref |
textAnnotation < artifact | textFormat=text/plain | text
text | | any
"""
