// <bpmn-diagram src="/model.xml" tokens='[{"element": "Task_1", "state": "active", "count": 2, "label": "2 h"}]'>
// An island: the process as drawn, with badges where its tokens are. The bpmn.io mark stays as the library draws it.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

const STATES = ['active', 'done', 'failed', 'waiting'];

class BpmnDiagram extends HTMLElement {
  static observedAttributes = ['tokens'];

  async connectedCallback() {
    if (this.viewer) return;
    this.canvas = document.createElement('div');
    this.canvas.className = 'bpmn-canvas';
    this.append(this.canvas);
    this.viewer = new NavigatedViewer({ container: this.canvas });
    try {
      const answer = await fetch(this.getAttribute('src'));
      if (!answer.ok) throw new Error(answer.statusText);
      await this.viewer.importXML(await answer.text());
      this.viewer.get('canvas').zoom('fit-viewport', 'auto');
      this.showTokens();
      this.dataset.state = 'shown';
    } catch {
      // The words beside the diagram say the same; they stay.
      this.dataset.state = 'failed';
    }
  }

  disconnectedCallback() {
    this.viewer?.destroy();
    this.viewer = null;
    this.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.dataset.state === 'shown') this.showTokens();
  }

  showTokens() {
    const canvas = this.viewer.get('canvas');
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    overlays.remove({ type: 'token' });
    for (const shape of registry.getAll()) STATES.forEach((state) => canvas.removeMarker(shape, `is-${state}`));
    for (const { element, state, count, label } of JSON.parse(this.getAttribute('tokens') || '[]')) {
      if (!registry.get(element)) continue;
      canvas.addMarker(element, `is-${state}`);
      const badge = document.createElement('span');
      badge.className = 'token';
      badge.dataset.state = state;
      badge.textContent = [count > 1 && count, label].filter(Boolean).join(' · ') || '●';
      overlays.add(element, 'token', { position: { top: -12, left: -8 }, html: badge });
    }
  }
}

customElements.define('bpmn-diagram', BpmnDiagram);
