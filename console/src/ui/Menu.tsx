import { Button, Dropdown } from "./semi";

export interface MenuItem {
  text: string;
  onPick: () => void;
  isChosen?: boolean;
}

/** A button that opens a short list of things to do or to choose. */
export function Menu({ label, items }: { label: string; items: MenuItem[] }) {
  return (
    <Dropdown
      trigger="click"
      position="bottomRight"
      render={
        <Dropdown.Menu>
          {items.map((item) => (
            <Dropdown.Item key={item.text} active={item.isChosen ?? false} onClick={item.onPick}>
              {item.text}
            </Dropdown.Item>
          ))}
        </Dropdown.Menu>
      }
    >
      {/* An element, because Semi's popups ask their trigger for one, and its button is a class. */}
      <span>
        <Button theme="borderless" type="tertiary" aria-haspopup="menu">
          {label}
        </Button>
      </span>
    </Dropdown>
  );
}
