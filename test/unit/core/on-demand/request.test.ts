import { isObjectId, parseUserRequest, requestStanding } from '../../../../src/core/on-demand/request.ts';

const many = (count: number): string => Array.from({ length: count }, (_, index) => `u${index}@contoso.com`).join(',');

describe('E4 a request about single users', () => {
  it.each([
    ['1:ana@contoso.com', '1', ['ana@contoso.com']],
    ['1: ana@contoso.com , eva@contoso.com,', '1', ['ana@contoso.com', 'eva@contoso.com']],
    ['2026-01-05T08:00:00Z:ana@contoso.com', '2026-01-05T08:00:00Z', ['ana@contoso.com']],
    ['1:ana@contoso.com,ANA@contoso.com', '1', ['ANA@contoso.com']],
    [`1:${many(20)}`, '1', many(20).split(',')],
  ])('%s', (value, token, users) => {
    expect(parseUserRequest(value)).toEqual({ type: 'Valid', token, users });
  });

  it.each([
    ['ana@contoso.com', 'ana@contoso.com', 'has no token'],
    [':ana@contoso.com', ':ana@contoso.com', 'has no token'],
    ['1:', '1', 'names no user'],
    ['1: , ', '1', 'names no user'],
    [`1:${many(21)}`, '1', 'names 21 users; at most 20'],
    [`${'t'.repeat(101)}:ana@contoso.com`, 't'.repeat(100), 'token has more than 100'],
    [`1:${'a'.repeat(257)}`, '1', 'more than 256'],
  ])('refuses %s, and says how to make it', (value, token, problem) => {
    expect(parseUserRequest(value)).toEqual({ type: 'Refused', token, problem: expect.stringContaining(problem) as string });
    expect(parseUserRequest(value)).toMatchObject({ problem: expect.stringContaining('Write <token>:') as string });
  });

  it.each<[string, string, Parameters<typeof requestStanding>[1], string]>([
    ['the first', '1:ana@contoso.com', undefined, 'New'],
    ['the next', '2:ana@contoso.com', { token: '1', results: [{ user: 'ana@contoso.com' }] }, 'New'],
    ['one that was answered', '1:Ana@contoso.com', { token: '1', results: [{ user: 'ana@contoso.com' }] }, 'Answered'],
    ['one that was refused', '1:', { token: '1', results: [] }, 'Answered'],
    ['one with the token of another', '1:eva@contoso.com', { token: '1', results: [{ user: 'ana@contoso.com' }] }, 'TokenRepeated'],
  ])('is known to be %s', (_, value, last, standing) => {
    expect(requestStanding(parseUserRequest(value), last)).toBe(standing);
  });

  it('tells object ids from names', () => {
    expect(isObjectId('5B1F0000-0000-0000-0000-00000000000a')).toBe(true);
    expect(isObjectId('ana@contoso.com')).toBe(false);
  });
});
