/* What a page test asks of a page in the browser: `${this file} return lowContrast()`. */

const parse = text => {
    const parts = (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return [parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : 1];
};
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);

/* The colour behind an element: the backgrounds of its ancestors, laid over each other. Images are not looked at. */
const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
        layers.push(parse(getComputedStyle(at).backgroundColor));
    }
    const isDark = getComputedStyle(document.documentElement).colorScheme.includes('dark');
    return layers.reverse().reduce((under, top) => over(top, under), isDark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
};

/* Relative luminance and contrast ratio. Source: WCAG 2.2, definitions. */
const luminance = colour => {
    const linear = v => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
};
const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
};

const ownText = element => {
    const texts = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent.trim());
    const value = element.matches('input[type=submit], input[type=button]') ? element.value : '';
    return [...texts, value].filter(Boolean).join(' ');
};
const isSeen = element => {
    const style = getComputedStyle(element);
    const isHidden = element.closest('.visually-hidden, [aria-hidden=true], option, script, style');
    return element.getBoundingClientRect().width && style.visibility !== 'hidden' && !isHidden;
};

/* Texts under 4.5:1, or 3:1 where they are large (1.4.3). Controls that are off are exempt. */
function lowContrast() {
    const found = new Set();
    for (const element of document.querySelectorAll('body *')) {
        if (!ownText(element) || !isSeen(element) || element.disabled) continue;
        const style = getComputedStyle(element), size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
        const back = ground(element), ratio = contrast(over(parse(style.color), back), back);
        if (ratio < (isLarge ? 3 : 4.5)) {
            found.add(`${element.tagName}.${element.className} "${ownText(element).slice(0, 30)}" ${ratio.toFixed(2)}`);
        }
    }
    return [...found];
}

const nameOf = element => {
    const said = element.getAttribute('aria-labelledby');
    const labels = said ? [document.getElementById(said)] : [...(element.labels || [])];
    const texts = [element, ...labels].filter(Boolean).flatMap(at => [
        at.getAttribute('aria-label'), at.title, at.textContent.trim(),
        ...[...at.querySelectorAll('img[alt]')].map(image => image.alt),
    ]);
    return [...texts, element.type === 'submit' ? element.value : ''].filter(Boolean).join(' ');
};

/* Controls that a screen reader could not name (4.1.2). */
function withoutName() {
    return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')]
        .filter(element => isSeen(element) && !(element.matches('select, textarea') ? nameOfField(element) : nameOf(element)))
        .map(element => element.outerHTML.slice(0, 120));
}
const nameOfField = field => field.getAttribute('aria-label') || field.title || [...field.labels].map(nameOf).join('');

/* Controls of less than 24 by 24 pixels (2.5.8); links in text, boxes and radios are exempt. */
function smallTargets() {
    return [...document.querySelectorAll('button, select, input:not([type=hidden], [type=checkbox], [type=radio])')]
        .filter(element => isSeen(element))
        .filter(element => Math.min(element.getBoundingClientRect().width, element.getBoundingClientRect().height) < 24)
        .map(element => `${element.outerHTML.slice(0, 100)} ${element.getBoundingClientRect().height}`);
}

function overflow() {
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

/* How many pixels of a list stand outside its own frame, to be scrolled to. */
function hiddenByList() {
    return Math.max(0, ...[...document.querySelectorAll('.results')].map(frame => frame.scrollWidth - frame.clientWidth));
}

/* Where the keyboard is, and whether it shows (2.4.7). */
function focus() {
    const element = document.activeElement, style = getComputedStyle(element);
    return {
        name: element.outerHTML.slice(0, 100),
        is_body: element === document.body,
        outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
}
