"""Records to and from FHIR R4 JSON, one file per resource."""
