import './unloaded.css';

// The messages are among what did not load.
const WORDS = {
  en: { says: 'Stoa could not be loaded. The network may have changed meanwhile.', again: 'Load again' },
  'zh-Hans': { says: '无法加载 Stoa，网络可能刚刚发生变化。', again: '重新加载' },
};

/** Says in the page that its view did not load, and how to try again. */
export function sayNotLoaded(target: HTMLElement, reload: () => void = () => location.reload()): void {
  const lang = navigator.language.startsWith('zh') ? 'zh-Hans' : 'en';
  document.documentElement.lang = lang;
  const main = Object.assign(document.createElement('main'), { className: 'unloaded', role: 'alert' });
  const says = Object.assign(document.createElement('p'), { textContent: WORDS[lang].says });
  const again = Object.assign(document.createElement('button'), { type: 'button', textContent: WORDS[lang].again, onclick: reload });
  main.append(says, again);
  target.replaceChildren(main);
}
