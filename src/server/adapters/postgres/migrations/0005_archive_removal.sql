-- A document may be removed from the archive: results that went there keep its id, as their address was told.
alter table results drop constraint results_archive_id_fkey;
