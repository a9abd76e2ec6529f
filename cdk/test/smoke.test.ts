// The smoke command waits for the window of its own contact, whatever else is written meanwhile.

import { describe, expect, it } from 'vitest';

import { Manifest, manifestOf, publishedAt } from '../scripts/manifest';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 2, 10, minute)).toISOString();
const moment = (minute: number): number => Date.parse(at(minute));

describe('the smoke command', () => {
  const written: Record<string, Manifest> = {
    '00000001-a.json': { window: { from: at(0), to: at(10) }, revisions: 7 },
    '00000002-b.json': { window: { from: at(10), to: at(20) }, revisions: 1 },
    '00000003-c.json': { window: { from: at(20), to: at(30) }, revisions: 0 },
  };
  const find = (minute: number) =>
    manifestOf(moment(minute), Object.keys(written), async (key) => written[key] as Manifest);

  it('finds the window that the contact was published in', async () => {
    expect(await find(5)).toBe('00000001-a.json');
    expect(await find(10)).toBe('00000002-b.json');
  });

  it('takes no other window for it: neither a newer one nor an empty one', async () => {
    expect(await find(25)).toBeUndefined();
    expect(await find(35)).toBeUndefined();
    expect(await manifestOf(moment(5), [], async () => written['00000001-a.json'] as Manifest)).toBeUndefined();
  });

  it('reads when a contact was published', () => {
    const state = { analysis: { status: { finished: { missing: {}, published_at: at(3) } } } };
    expect(publishedAt(JSON.stringify(state))).toBe(moment(3));
    expect(() => publishedAt('{"analysis":null}')).toThrow();
  });
});
