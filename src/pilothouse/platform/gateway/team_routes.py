"""Teams of the gateway over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, status

from pilothouse.platform.gateway import team_schemas as schemas
from pilothouse.platform.gateway.teams import GatewayTeams


def add_teams(routes: APIRouter, teams: GatewayTeams) -> None:
    """Add the routes of teams."""

    def shown(number: int) -> schemas.GatewayTeamOut:
        return schemas.GatewayTeamOut.of(*teams.get(number))

    @routes.get("/teams")
    def list_gateway_teams() -> schemas.GatewayTeamList:
        """The teams of the gateway, by name."""
        return schemas.GatewayTeamList(items=[shown(team.id) for team in teams.every()])

    @routes.post("/teams", status_code=status.HTTP_201_CREATED)
    def create_gateway_team(body: schemas.NewGatewayTeam) -> schemas.GatewayTeamOut:
        """A new team; keys join it by their `team_id`."""
        return shown(teams.create(**body.fields()).id)

    @routes.get("/teams/{team_id}")
    def get_gateway_team(team_id: int) -> schemas.GatewayTeamOut:
        """One team."""
        return shown(team_id)

    @routes.patch("/teams/{team_id}")
    def change_gateway_team(
        team_id: int, body: schemas.GatewayTeamChange
    ) -> schemas.GatewayTeamOut:
        """A team after a change; what it spent stays spent."""
        teams.change(team_id, body.given())
        return shown(team_id)

    @routes.delete("/teams/{team_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_gateway_team(team_id: int) -> None:
        """Remove a team; its keys work on without it."""
        teams.remove(team_id)
