import { useLocation, useNavigate, useSearchParams, type LinkProps } from "react-router";

const NAME = "history";

/**
 * Which account's history is open: it stands in the address (`?history=…`), so that it can be linked
 * and the back button closes it. On a record's own page it is `?history=1`.
 */
export function useHistoryDrawer(): {
  opened: string | null;
  linkTo: (awemeId: string) => Pick<LinkProps, "to" | "state">;
  close: () => void;
} {
  const [search, setSearch] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  // Opened from this page: closing goes back to it, and leaves no second copy of it in the history.
  const isOpenedHere = (location.state as { isOpenedHere?: boolean } | null)?.isOpenedHere === true;
  return {
    opened: search.get(NAME),
    linkTo: (awemeId) => ({
      to: { search: new URLSearchParams({ ...Object.fromEntries(search), [NAME]: awemeId }).toString() },
      state: { isOpenedHere: true },
    }),
    close: () => {
      if (isOpenedHere) return void navigate(-1);
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          after.delete(NAME);
          return after;
        },
        { replace: true },
      );
    },
  };
}
