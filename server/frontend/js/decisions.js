// <dmn-diagram src="/model.dmn" view="overview | <id of a decision>" marks='["id of a rule"]' links>
// An island: a decision model as drawn, with the rules that matched marked. The bpmn.io mark stays as the library draws it.
import NavigatedViewer from 'dmn-js/lib/NavigatedViewer.js';
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn-embedded.css';

const OVERVIEW = 'overview';

class DmnDiagram extends HTMLElement {
  static observedAttributes = ['marks', 'view'];

  async connectedCallback() {
    if (this.viewer) return;
    // What belongs to the drawing stands inside it: the page around may be brought up to date without touching it.
    this.canvas = document.createElement('div');
    this.canvas.className = 'dmn-canvas';
    this.append(this.canvas);
    const viewer = (this.viewer = new NavigatedViewer({ container: this.canvas, drd: { drillDown: { enabled: this.hasAttribute('links') } } }));
    viewer.on('views.changed', ({ activeView }) => this.follow(activeView));
    try {
      const answer = await fetch(this.getAttribute('src'));
      if (!answer.ok) throw new Error(answer.statusText);
      await viewer.importXML(await answer.text(), { open: false });
      if (this.viewer !== viewer) return;
      this.isRead = true;
      await this.show();
    } catch {
      // The words beside the drawing say the same; they stay.
      this.canvas.dataset.state = 'failed';
    }
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.viewer?.destroy();
    this.viewer = null;
    this.isRead = false;
    this.replaceChildren();
  }

  attributeChangedCallback(name) {
    if (!this.isRead) return;
    if (name === 'view') this.show();
    else this.mark();
  }

  async show() {
    const wanted = this.getAttribute('view');
    const view = this.viewer.getViews().find(({ type, element }) => (wanted === OVERVIEW ? type === 'drd' : element.id === wanted));
    this.canvas.dataset.state = view ? 'shown' : 'failed';
    if (!view) return;
    await this.viewer.open(view);
    this.canvas.dataset.view = view.type;
    if (view.type === 'drd') this.fit();
    this.observer?.disconnect();
    // The table is drawn a little later, and again when it changes.
    this.observer = new MutationObserver(() => this.mark());
    this.observer.observe(this, { childList: true, subtree: true });
    this.mark();
  }

  /** Who opens a decision in the diagram comes to its page. */
  follow(view) {
    if (this.canvas.dataset.view !== 'drd' || !view || view.type === 'drd') return;
    location.assign(`?view=${encodeURIComponent(view.element.id)}`);
  }

  fit() {
    const canvas = this.viewer.getActiveViewer().get('canvas');
    canvas.zoom(Math.min(1, 0.92 * canvas.zoom('fit-viewport', 'auto')), 'auto');
  }

  mark() {
    // Wide tables are scrolled with the arrow keys.
    const wide = this.querySelector('.tjs-table-container');
    if (wide) wide.tabIndex = 0;
    const rules = new Set(JSON.parse(this.getAttribute('marks') || '[]'));
    for (const cell of this.querySelectorAll('td[data-row-id]')) {
      cell.parentElement.classList.toggle('is-matched', rules.has(cell.dataset.rowId));
    }
  }
}

customElements.define('dmn-diagram', DmnDiagram);
