# rcptguard-milter
