"""Places: administrative units before and after 1 July 2025, look-ups by either name, the map, drawn areas.

Ids are `scheme-code` ("VN34-15" Lào Cai, "VN63-15" Yên Bái): a code alone means two places.

models      AdministrativeUnit, AdministrativeUnitSuccession, VN63, VN34, unit_id
loading     load_units(session, data_dir, *, progress) -> LoadCounts; raises tables.BadRow
lookup      gazetteer(session) -> Gazetteer, in memory: province, provinces, province_by_slug, province_by_name,
            today_of, former_of, province_then_and_now, province_terms, part_names, named_in, district, district_by_id
communes    commune, communes_by_id, communes_of, find_commune, successors, successors_of, today
places      places(session, [PlaceKey]) -> [PlaceView] in two queries; place for one
maps        vietnam_map, map_view(gazetteer, counts) -> MapView, project, project_mini, map_steps, write_map
territory   is_inside_vietnam(lat, lon), within_vietnam(shape)
geojson     parse_area_geometry(text or bytes) -> AreaGeometry; raises GeometryRefused
"""
