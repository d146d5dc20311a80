import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const marine: MantineColorsTuple = [
  "#eaf1fd",
  "#d5e3fb",
  "#a9c6f3",
  "#7db0fb",
  "#5a97f2",
  "#2e6cd8",
  "#1c5ccb",
  "#184fb0",
  "#144294",
  "#103575",
];

const gray: MantineColorsTuple = [
  "#f6f7f9",
  "#f1f3f6",
  "#e9ecf1",
  "#e2e5ea",
  "#cdd2da",
  "#87909d",
  "#616974",
  "#434b57",
  "#2a313b",
  "#14181f",
];

const dark: MantineColorsTuple = [
  "#e8ebf0",
  "#b7bfca",
  "#8f99a7",
  "#67717f",
  "#3a424e",
  "#272d36",
  "#1c2128",
  "#111418",
  "#0c0e11",
  "#08090b",
];

export const theme = createTheme({
  primaryColor: "marine",
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 4,
  colors: { marine, gray, dark },
  fontFamily: '"Inter Variable", Inter, system-ui, sans-serif',
  fontFamilyMonospace: "var(--mono)",
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "14px", xl: "16px" },
  lineHeights: { xs: "16px", sm: "18px", md: "20px", lg: "22px", xl: "24px" },
  headings: { fontWeight: "600" },
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    // Its focusable placeholder is no child that a menu may have.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
});

/** Mantine's own variables, mapped to our tokens once; both schemes are in the tokens. */
export const variables: CSSVariablesResolver = () => {
  const mapped = {
    "--mantine-color-body": "var(--bg)",
    "--mantine-color-text": "var(--t1)",
    "--mantine-color-bright": "var(--t1)",
    "--mantine-color-dimmed": "var(--t3)",
    "--mantine-color-placeholder": "var(--t3)",
    "--mantine-color-default": "var(--bg)",
    "--mantine-color-default-color": "var(--t1)",
    "--mantine-color-default-border": "var(--line-2)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-error": "var(--err)",
    "--mantine-color-anchor": "var(--accent)",
    "--mantine-color-disabled": "var(--tint)",
    "--mantine-color-disabled-color": "var(--t3)",
    "--mantine-shadow-xs": "none",
    "--mantine-shadow-sm": "var(--float)",
    "--mantine-shadow-md": "var(--float)",
    "--mantine-shadow-lg": "var(--float)",
    "--mantine-shadow-xl": "var(--float)",
  };
  return { variables: {}, light: mapped, dark: mapped };
};
