# rcptguard
