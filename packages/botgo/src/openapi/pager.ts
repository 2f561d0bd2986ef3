import { errPagerIsNil, newErr } from '../errs/index.js';

/** @throws {BotgoError} `BOTGO_PAGER_MISSING`, BotGo's `ErrPagerIsNil`, before anything is sent. */
export function requirePager<Pager extends object>(pager: Pager | null | undefined): Pager {
  if (typeof pager !== 'object' || pager === null)
    throw newErr(errPagerIsNil, 'This call reads pages: give it a pager, {} for the first page');
  return pager;
}
