/*
description: Parcels
grain: one row per parcel
*/
SELECT number, place FROM raw.depot.parcels
