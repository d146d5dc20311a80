import { useNavigate } from "@tanstack/react-router";
import { queryString, send } from "../../api/client";
import { Confirm } from "../settings/Confirm";
import classes from "./users.module.css";

/** Deletes all that a project holds of a user: what the law may ask for. */
export function ForgetUser({ project, userId }: { project: string; userId: string }) {
  const navigate = useNavigate();
  async function forget() {
    await send("DELETE", `users/${encodeURIComponent(userId)}${queryString({ project })}`);
    await navigate({ to: "/p/$project/users", params: { project } });
  }
  return (
    <span className={classes.forget}>
      <Confirm word="Delete this user's data" sure="Delete now" onConfirm={forget}>
        Every trace of this user in this project is removed for good, within minutes.
      </Confirm>
    </span>
  );
}
