// <bpmn-diagram src="/model.xml" tokens='[{"element": "Task_1", "state": "active", "count": 2, "label": "2 h"}]'>
// An island: the process as drawn, with badges where its tokens are. The bpmn.io mark stays as the library draws it.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer.js';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';

// Below this scale the names in the diagram can't be read.
const READABLE = 0.75;
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
      this.showTokens();
      this.zoomIn();
      // Kept here too: an attribute of ours goes when the page around is brought up to date.
      this.isShown = true;
      this.dataset.state = 'shown';
    } catch {
      // The words beside the diagram say the same; they stay.
      this.dataset.state = 'failed';
    }
  }

  /** The whole of it when that can be read; otherwise large enough to read, around where the case stands. */
  zoomIn() {
    const canvas = this.viewer.get('canvas');
    if (canvas.zoom('fit-viewport', 'auto') >= READABLE) return;
    const standing = JSON.parse(this.getAttribute('tokens') || '[]').find(({ state }) => state !== 'done');
    const element = standing && this.viewer.get('elementRegistry').get(standing.element);
    canvas.zoom(READABLE, 'auto');
    if (element) canvas.scrollToElement(element, { top: 60, right: 240, bottom: 60, left: 240 });
  }

  disconnectedCallback() {
    this.viewer?.destroy();
    this.viewer = null;
    this.isShown = false;
    this.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.isShown) this.showTokens();
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
      // What is done is grey; a badge would only hide what is going on.
      if (state === 'done' && !(count > 1)) continue;
      const badge = document.createElement('span');
      badge.className = 'token';
      badge.dataset.state = state;
      badge.textContent = [count > 1 && count, label].filter(Boolean).join(' · ') || '●';
      overlays.add(element, 'token', { position: { top: -12, left: -8 }, html: badge });
    }
  }
}

customElements.define('bpmn-diagram', BpmnDiagram);
