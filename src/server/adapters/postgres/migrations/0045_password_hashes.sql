-- Hashes of passwords name their algorithm and its parameters (PHC string format); those before were all made with N = 2^14.

update services
set password_hash = regexp_replace(
  password_hash, '^scrypt\$([A-Za-z0-9+/]+)=*\$([A-Za-z0-9+/]+)=*$', '$scrypt$ln=14,r=8,p=1$\1$\2'
)
where password_hash like 'scrypt$%';

alter table services add constraint password_hash_is_phc check (password_hash like '$scrypt$ln=%');
