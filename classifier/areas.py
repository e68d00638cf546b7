"""Which area of a city a call is in: names, and polygons in GeoJSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from shapely import Point, prepare
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from classifier.request import Location
from classifier.yamlfile import FileError


class UnknownArea(ValueError):
    """An area that the policy does not have; the message names those that it has."""


class Areas:
    """The areas of a policy.

    Parameters
    ----------
    polygons : mapping of str to geometry
        By name; where they overlap, the first one counts.
    elsewhere : str
        The name of what lies in none of them.
    """

    def __init__(self, polygons: Mapping[str, BaseGeometry], elsewhere: str) -> None:
        self.polygons = polygons
        self.elsewhere = elsewhere
        self.names = (*polygons, elsewhere)
        for polygon in polygons.values():
            prepare(polygon)

    @classmethod
    def load(cls, path: Path, elsewhere: str) -> Self:
        """Read the polygons from a GeoJSON feature collection; each feature's properties have a name.

        Raises
        ------
        FileError
            When the file cannot be read, or a feature has no name, no polygon, or the name of another one.
        """
        try:
            features = json.loads(path.read_text(encoding="utf-8"))["features"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileError(f"{path}: is no GeoJSON feature collection ({error!r})") from error
        polygons: dict[str, BaseGeometry] = {}
        for number, feature in enumerate(features):
            name, polygon = _feature(path, number, feature)
            if name in (*polygons, elsewhere):
                raise FileError(f"{path}: feature {number}: the name {name!r} is taken")
            polygons[name] = polygon
        return cls(polygons, elsewhere)

    def of(self, area: str | None, location: Location | None) -> str | None:
        """Return the name of the area; a name given wins over a location; None when neither is given.

        Raises
        ------
        UnknownArea
            When the policy has no area of that name.
        """
        if area is not None:
            return self.known(area)
        if location is None:
            return None
        point = Point(location.lon, location.lat)
        inside = (name for name, polygon in self.polygons.items() if polygon.covers(point))
        return next(inside, self.elsewhere)

    def known(self, area: str) -> str:
        """Return the area's name as the policy writes it, whatever its case.

        Raises
        ------
        UnknownArea
            When there is none.
        """
        for name in self.names:
            if name.casefold() == area.strip().casefold():
                return name
        raise UnknownArea(f"{area!r} is no area of this policy; known are {', '.join(self.names)}")


def _feature(path: Path, number: int, feature: Any) -> tuple[str, BaseGeometry]:
    try:
        name, polygon = str(feature["properties"]["name"]), shape(feature["geometry"])
    except Exception as error:  # shapely raises many kinds for what is no geometry
        raise FileError(
            f"{path}: feature {number}: needs a name in its properties, and a polygon ({error!r})"
        ) from error
    if polygon.geom_type not in {"Polygon", "MultiPolygon"}:
        raise FileError(f"{path}: feature {number} ({name}): is a {polygon.geom_type}; give a polygon")
    if not polygon.is_valid:
        raise FileError(f"{path}: feature {number} ({name}): the polygon crosses itself")
    return name, polygon
